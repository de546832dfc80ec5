//! Compressed inputs and archives against the bytes that were packed.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crowdarrow_fuzz::run(crowdarrow_fuzz::container::check, data));
