//! JSON sources against the splitting rules, byte by byte.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crowdarrow_fuzz::run(crowdarrow_fuzz::json_array::check, data));
