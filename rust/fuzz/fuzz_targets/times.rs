//! Times against `chrono`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crowdarrow_fuzz::run(crowdarrow_fuzz::times::check, data));
