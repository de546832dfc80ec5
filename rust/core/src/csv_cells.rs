//! Empty cells that rows of CSV lack.

/// Appends rows, each with so many empty cells more, to `target`.
///
/// The rows may begin within a cell, which has quotes if `is_quoted`. Returns this of their end.
///
/// ```
/// let mut target = Vec::new();
/// let is_quoted = crowdarrow_core::csv_cells::add_cells(b"1,\"a\n\"\n2,b\n3,\"", 2, false, &mut target);
/// assert_eq!(target, b"1,\"a\n\",,\n2,b,,\n3,\"");
/// assert!(is_quoted);
/// ```
pub fn add_cells(rows: &[u8], count: usize, mut is_quoted: bool, target: &mut Vec<u8>) -> bool {
    let mut copied = 0;
    for at in memchr::memchr2_iter(b'"', b'\n', rows) {
        if rows[at] == b'"' {
            is_quoted = !is_quoted;
        } else if !is_quoted {
            target.extend_from_slice(&rows[copied..at]);
            target.resize(target.len() + count, b',');
            copied = at;
        }
    }
    target.extend_from_slice(&rows[copied..]);
    is_quoted
}
