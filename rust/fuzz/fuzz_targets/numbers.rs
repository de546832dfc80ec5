//! Numbers against the standard library.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crowdarrow_fuzz::run(crowdarrow_fuzz::numbers::check, data));
