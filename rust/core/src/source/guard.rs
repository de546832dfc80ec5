//! Protects against decompression bombs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::layer::{damaged, narrow};
use crate::error::{DamageKind, Result};

/// The decompressed bytes of all inputs that are members of one archive, which share its stored bytes.
///
/// Members may overlap, so that a small archive has many large ones.
#[derive(Clone, Debug, Default)]
pub struct Expanded(Arc<AtomicU64>);

/// The largest factor by which stored bytes may expand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    /// Number of decompressed bytes allowed at any factor.
    pub(super) floor: u64,
    /// Maximum number of decompressed bytes per stored byte; 0 disables the guard.
    pub(super) factor: u64,
}

impl Guard {
    /// How many of `len` bytes to decompress next: at most up to the floor, so that those before it are not lost.
    #[inline]
    pub(super) fn room(self, decompressed: u64, len: usize) -> usize {
        match self.floor.checked_sub(decompressed) {
            Some(left @ 1..) if self.factor > 0 => len.min(narrow(left)),
            _ => len,
        }
    }

    /// Fails if `decompressed` bytes are too many for the `stored` bytes that they were read from.
    #[inline]
    pub(super) fn check(self, name: &str, stored: u64, decompressed: u64) -> Result<()> {
        if self.factor == 0 || decompressed <= self.floor || decompressed <= stored.saturating_mul(self.factor) {
            return Ok(());
        }
        let kind = DamageKind::DecompressionBomb { stored, decompressed, max_factor: self.factor };
        Err(damaged(name, kind))
    }

    /// Adds `count` bytes to those of the archive's other members, and checks their sum.
    pub(super) fn check_archive(self, name: &str, size: u64, expanded: &Expanded, count: usize) -> Result<()> {
        let before = expanded.0.fetch_add(count as u64, Ordering::Relaxed);
        self.check(name, size, before.saturating_add(count as u64))
    }
}
