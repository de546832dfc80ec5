//! Records of every kind of export, decoded by its plan.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crowdarrow_fuzz::run(crowdarrow_fuzz::decode::check, data));
