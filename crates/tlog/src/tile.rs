//! Where tiles and entry bundles lie (C2SP tlog-tiles, "Merkle Tree", "Log entries").

use crate::{Error, Hash};

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// The largest tree that this crate works on. A checkpoint with a larger size is refused before any
/// arithmetic is done with it; a hundred leaves a second for three centuries stay below.
pub const MAX_SIZE: u64 = 1 << 40;

/// The path of the checkpoint.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// A tile of hashes, or the bundle of entries under a tile of level 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    /// 0: leaf hashes; each level above holds one hash a full tile below.
    pub level: u8,
    /// From the left, from 0.
    pub index: u64,
    /// Hashes in it, 1 to [`TILE_WIDTH`].
    pub width: u16,
}

impl Tile {
    /// `tile/<L>/<N>[.p/<W>]`
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, self.tail())
    }

    /// `tile/entries/<N>[.p/<W>]`
    pub fn entries_path(&self) -> String {
        format!("tile/entries/{}", self.tail())
    }

    /// Whether a wider tile will take its place.
    pub fn is_partial(&self) -> bool {
        self.width < TILE_WIDTH
    }

    /// The same place, full.
    pub fn full(&self) -> Self {
        Self { width: TILE_WIDTH, ..*self }
    }

    /// The tiles at the right edge of a tree, one a level, from level 0; a level without a partial
    /// tile has none.
    pub fn edge(size: u64) -> Vec<Self> {
        Self::levels(size)
            .filter_map(|(level, hashes)| {
                let width = (hashes % u64::from(TILE_WIDTH)) as u16;
                (width > 0).then_some(Self { level, index: hashes / u64::from(TILE_WIDTH), width })
            })
            .collect()
    }

    /// The tile of level `level` and index `index` as it is in a tree of `size` leaves.
    pub fn at(level: u8, index: u64, size: u64) -> Option<Self> {
        let hashes = size.checked_shr(u32::from(level).checked_mul(8)?)?;
        let before = index.checked_mul(u64::from(TILE_WIDTH))?;
        let width = hashes.checked_sub(before)?.min(u64::from(TILE_WIDTH)) as u16;
        (width > 0).then_some(Self { level, index, width })
    }

    /// Levels of a tree with the number of hashes in each.
    fn levels(size: u64) -> impl Iterator<Item = (u8, u64)> {
        (0u8..8)
            .map(move |level| (level, size >> (8 * u32::from(level))))
            .take_while(|(_, hashes)| *hashes > 0)
    }

    fn tail(&self) -> String {
        let mut rest = self.index;
        let mut tail = format!("{:03}", rest % 1000);
        while rest >= 1000 {
            rest /= 1000;
            tail = format!("x{:03}/{tail}", rest % 1000);
        }
        if self.is_partial() {
            tail.push_str(&format!(".p/{}", self.width));
        }
        tail
    }
}

/// The hashes of a tile file.
///
/// # Errors
/// [`Error::Length`] unless the bytes are exactly the tile's width.
pub fn read_hashes(tile: &Tile, bytes: &[u8]) -> Result<Vec<Hash>, Error> {
    if bytes.len() != usize::from(tile.width) * 32 {
        return Err(Error::Length(tile.path()));
    }
    Ok(bytes.chunks_exact(32).filter_map(Hash::from_slice).collect())
}

/// The entries of a bundle: big-endian uint16 lengths, each before its entry.
///
/// # Errors
/// [`Error::Bundle`] when the last entry is cut short.
pub fn read_bundle(mut bytes: &[u8]) -> Result<Vec<&[u8]>, Error> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>().ok_or(Error::Bundle)?;
        let (entry, rest) =
            rest.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or(Error::Bundle)?;
        entries.push(entry);
        bytes = rest;
    }
    Ok(entries)
}
