//! The export that a bench reads: from a file or synthetic.

/// Returns the export in the file `CROWDARROW_BENCH_CSV`, or a synthetic one of about `bytes` bytes, with its name.
///
/// # Panics
/// If the file cannot be read.
pub fn export(bytes: usize) -> (String, Vec<u8>) {
    match std::env::var_os("CROWDARROW_BENCH_CSV") {
        Some(path) => ("file".to_owned(), std::fs::read(path).expect("CROWDARROW_BENCH_CSV is a readable file")),
        None => ("synthetic".to_owned(), super::common::synthetic(bytes)),
    }
}
