//! The JSON cells of an export, as inputs of the kernels.

use crowdarrow_core::scan::collapse_quotes;

/// An export with its escaped and unescaped JSON cells.
pub struct Cells {
    /// The export.
    pub csv: Vec<u8>,
    /// The content of the quoted fields, still escaped.
    pub doubled: Vec<Vec<u8>>,
    /// The JSON.
    pub plain: Vec<Vec<u8>>,
}

impl Cells {
    /// The cells of `csv`.
    pub fn of(csv: Vec<u8>) -> Self {
        let json = super::common::json_columns(&csv);
        let header = csv.iter().position(|&byte| byte == b'\n').unwrap_or(0) + 1;
        let mut doubled = Vec::new();
        super::common::each_field(&csv[header..], &mut Vec::new(), |index, field| {
            let cell = super::common::inside_quotes(field);
            if json.contains(&index) && !cell.is_empty() {
                doubled.push(cell.to_vec());
            }
        });
        let collapse = |cell: &Vec<u8>| {
            let mut plain = Vec::new();
            collapse_quotes(cell, &mut plain);
            plain
        };
        let plain = doubled.iter().map(collapse).collect();
        Self { csv, doubled, plain }
    }
}

/// Number of bytes of all cells.
pub fn total(cells: &[Vec<u8>]) -> u64 {
    cells.iter().map(|cell| cell.len() as u64).sum()
}
