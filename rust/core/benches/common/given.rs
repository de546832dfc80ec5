//! The export that a bench reads: the user's own, or a made-up one.

/// The export in the file that `CROWDARROW_BENCH_CSV` names, else a made-up one; and what it is called.
///
/// # Panics
/// Where the file cannot be read.
pub fn export(bytes: usize) -> (String, Vec<u8>) {
    match std::env::var_os("CROWDARROW_BENCH_CSV") {
        Some(path) => ("given".to_owned(), std::fs::read(path).expect("CROWDARROW_BENCH_CSV names a file")),
        None => ("made-up".to_owned(), super::common::made_up(bytes)),
    }
}
