//! Sources in parts against one pass.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crowdarrow_fuzz::run(crowdarrow_fuzz::parts::check, data));
