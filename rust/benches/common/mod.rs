//! Code shared by the benches: the synthetic export, and a minimal splitter.

#[path = "../../core/tests/engine/rows.rs"]
mod rows;

use crowdarrow_core::scan::{CHUNK, Kernel, Masks, prefix_xor};

/// Calls `found` with the index and bytes of every field, by quote parity without any checks.
pub fn each_field<'a>(csv: &'a [u8], masks: &mut Vec<Masks>, mut found: impl FnMut(usize, &'a [u8])) {
    // The bytes and their masks fit in the L1 cache.
    const STRIDE: usize = 64 * CHUNK;
    let kernel = Kernel::best();
    let (mut inside, mut start, mut field) = (0u64, 0, 0);
    for (stride, bytes) in csv.chunks(STRIDE).enumerate() {
        kernel.classify(bytes, masks);
        for (chunk, &Masks { quote, separator }) in masks.iter().enumerate() {
            let parity = prefix_xor(quote) ^ inside;
            let mut ends = separator & !parity;
            while ends != 0 {
                let at = stride * STRIDE + chunk * CHUNK + ends.trailing_zeros() as usize;
                ends &= ends - 1;
                found(field, &csv[start..at]);
                field = if csv[at] == b',' { field + 1 } else { 0 };
                start = at + 1;
            }
            inside = 0u64.wrapping_sub(parity >> 63);
        }
    }
}

/// A synthetic export, always the same.
pub fn synthetic(bytes: usize) -> Vec<u8> {
    rows::export(7, None, bytes)
}

/// Indices of the JSON columns of a classification export.
pub fn json_columns(csv: &[u8]) -> Vec<usize> {
    let header = csv.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let names = header.split(|&byte| byte == b',').map(<[u8]>::trim_ascii_end);
    let is_json = |name: &[u8]| matches!(name, b"metadata" | b"annotations" | b"subject_data");
    names.enumerate().filter(|(_, name)| is_json(name)).map(|(index, _)| index).collect()
}

/// The content of a quoted field, still escaped.
pub const fn inside_quotes(field: &[u8]) -> &[u8] {
    match field {
        [b'"', inside @ .., b'"'] => inside,
        field => field,
    }
}
