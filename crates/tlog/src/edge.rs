//! Growing the tree: all that is needed of a tree of `n` leaves to add the next one is its right
//! edge, at most 255 hashes a level and the last, unfinished bundle.

use crate::tile::{TILE_WIDTH, Tile, read_bundle, read_hashes};
use crate::{Error, Hash, MAX_SIZE, leaf_hash, node_hash};

/// A file of the log: its path under the log's prefix, and its bytes. A path never gets other bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// As tlog-tiles names it, `/` between folders.
    pub path: String,
    /// The whole content.
    pub bytes: Vec<u8>,
}

/// The right edge of a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// By level: the hashes of the partial tile there.
    levels: Vec<Vec<Hash>>,
    bundle: Vec<u8>,
}

impl Edge {
    /// The tree with no leaf.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The edge of a published tree of `size` leaves. `read` gets a path and gives the file; a
    /// partial tile that is gone is taken from the full tile in its place.
    ///
    /// # Errors
    /// [`Error::Size`], [`Error::Missing`], [`Error::Length`], [`Error::Bundle`],
    /// [`Error::Inconsistent`] when entries and tile disagree. Compare [`Edge::root`] with the
    /// checkpoint afterwards.
    pub fn load(size: u64, mut read: impl FnMut(&str) -> Option<Vec<u8>>) -> Result<Self, Error> {
        if size > MAX_SIZE {
            return Err(Error::Size(size));
        }
        let mut edge = Self { size, ..Self::default() };
        for tile in Tile::edge(size) {
            let bytes = read(&tile.path())
                .or_else(|| {
                    let mut bytes = read(&tile.full().path())?;
                    bytes.truncate(usize::from(tile.width) * 32);
                    Some(bytes)
                })
                .ok_or_else(|| Error::Missing(tile.path()))?;
            *edge.level(usize::from(tile.level)) = read_hashes(&tile, &bytes)?;
            if tile.level == 0 {
                edge.bundle = read_last_bundle(&tile, &mut read)?;
                edge.check_bundle()?;
            }
        }
        Ok(edge)
    }

    /// Leaves in the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The tree with these entries added, and the files that it has and this one has not: full tiles
    /// and bundles, then those of the new edge. The same entries always give the same files.
    ///
    /// # Errors
    /// [`Error::EntryTooLong`], [`Error::Size`].
    pub fn append<E: AsRef<[u8]>>(&self, entries: &[E]) -> Result<(Self, Vec<File>), Error> {
        let mut next = self.clone();
        let mut files = Vec::new();
        for entry in entries {
            next.push(entry.as_ref(), &mut files)?;
        }
        if entries.is_empty() {
            return Ok((next, files));
        }
        for tile in Tile::edge(next.size) {
            if Tile::at(tile.level, tile.index, self.size) != Some(tile) {
                files.extend(next.files_of(&tile));
            }
        }
        Ok((next, files))
    }

    /// The partial tiles of this tree and its last, unfinished bundle.
    pub fn files(&self) -> Vec<File> {
        Tile::edge(self.size).iter().flat_map(|tile| self.files_of(tile)).collect()
    }

    /// The root hash (RFC 6962 §2.1).
    pub fn root(&self) -> Hash {
        // From the smallest perfect subtree at the right to the largest at the left.
        self.levels
            .iter()
            .flat_map(|hashes| perfect_subtrees(hashes).into_iter().rev())
            .reduce(|right, left| node_hash(left, right))
            .unwrap_or(Hash::EMPTY)
    }

    fn push(&mut self, entry: &[u8], files: &mut Vec<File>) -> Result<(), Error> {
        let length = u16::try_from(entry.len()).map_err(|_| Error::EntryTooLong(entry.len()))?;
        if self.size >= MAX_SIZE {
            return Err(Error::Size(self.size));
        }
        self.bundle.extend(length.to_be_bytes());
        self.bundle.extend(entry);
        self.size += 1;
        let mut hash = leaf_hash(entry);
        for level in 0u8.. {
            let hashes = self.level(usize::from(level));
            hashes.push(hash);
            if hashes.len() < usize::from(TILE_WIDTH) {
                return Ok(());
            }
            // Full: it becomes one hash of the level above.
            let tile = Tile {
                level,
                index: (self.size >> (8 * (u32::from(level) + 1))) - 1,
                width: TILE_WIDTH,
            };
            files.push(self.tile_file(&tile));
            if level == 0 {
                files.push(File {
                    path: tile.entries_path(),
                    bytes: std::mem::take(&mut self.bundle),
                });
            }
            let full = std::mem::take(self.level(usize::from(level)));
            hash = perfect_root(full);
        }
        Ok(())
    }

    fn level(&mut self, level: usize) -> &mut Vec<Hash> {
        if self.levels.len() <= level {
            self.levels.resize(level + 1, Vec::new());
        }
        &mut self.levels[level]
    }

    fn files_of(&self, tile: &Tile) -> Vec<File> {
        let mut files = vec![self.tile_file(tile)];
        if tile.level == 0 {
            files.push(File { path: tile.entries_path(), bytes: self.bundle.clone() });
        }
        files
    }

    fn tile_file(&self, tile: &Tile) -> File {
        let hashes = self.levels.get(usize::from(tile.level));
        File {
            path: tile.path(),
            bytes: hashes.into_iter().flatten().flat_map(|hash| hash.0).collect(),
        }
    }

    fn check_bundle(&self) -> Result<(), Error> {
        let entries = read_bundle(&self.bundle)?;
        let hashes = self.levels.first().map(Vec::as_slice).unwrap_or_default();
        match entries.into_iter().map(leaf_hash).eq(hashes.iter().copied()) {
            true => Ok(()),
            false => Err(Error::Inconsistent),
        }
    }
}

fn read_last_bundle(
    tile: &Tile,
    read: &mut impl FnMut(&str) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, Error> {
    if let Some(bundle) = read(&tile.entries_path()) {
        return Ok(bundle);
    }
    let mut full =
        read(&tile.full().entries_path()).ok_or_else(|| Error::Missing(tile.entries_path()))?;
    let length =
        read_bundle(&full)?.iter().take(usize::from(tile.width)).map(|entry| entry.len() + 2).sum();
    full.truncate(length);
    Ok(full)
}

/// The perfect subtrees over fewer than 256 hashes, from the left: one for each bit of their number.
pub(crate) fn perfect_subtrees(mut hashes: &[Hash]) -> Vec<Hash> {
    let mut roots = Vec::new();
    for bit in (0..8).rev() {
        if let Some((left, right)) = hashes.split_at_checked(1 << bit) {
            roots.push(perfect_root(left.to_vec()));
            hashes = right;
        }
    }
    roots
}

/// The root over a number of hashes that is a power of two.
pub(crate) fn perfect_root(mut hashes: Vec<Hash>) -> Hash {
    while hashes.len() > 1 {
        hashes = hashes
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[left, right]| node_hash(*left, *right))
            .collect();
    }
    hashes.first().copied().unwrap_or(Hash::EMPTY)
}
