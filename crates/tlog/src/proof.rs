//! Proofs from tiles alone (RFC 6962 §2.1.1, §2.1.2). The arithmetic is that of `tlog_tiles`, a port
//! of golang.org/x/mod/sumdb/tlog; it panics on sizes and indexes out of range, so that nothing
//! reaches it here before it is checked. Its reader of tiles is not used: `TileHashReader` 0.2 begins
//! to authenticate at the number of subtrees instead of the number of edge tiles and so believes
//! some full tiles unseen (in a tree of 300 leaves, tile/0/000). Here a tile is believed only once it
//! hashes to its parent, and the edge once it hashes to the root.

use std::cell::RefCell;
use std::collections::BTreeMap;

use tlog_tiles::HashReader;

use crate::edge::perfect_root;
use crate::tile::{TILE_WIDTH, Tile, read_hashes};
use crate::{Error, Hash, MAX_SIZE, node_hash};

/// More hashes than a proof in a tree of [`MAX_SIZE`] has.
pub const MAX_PROOF: usize = 64;

/// The inclusion proof of leaf `index` in the tree of `size` leaves with this root, from the leaf's
/// sibling up. `read` gets a path of the log and gives the file.
///
/// # Errors
/// [`Error::Index`], [`Error::Size`]; [`Error::Missing`], [`Error::Length`] and
/// [`Error::Inconsistent`] for what the tiles lack.
pub fn prove_inclusion(
    index: u64,
    size: u64,
    root: Hash,
    read: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<Vec<Hash>, Error> {
    check_index(index, size)?;
    with_tiles(size, root, read, |hashes| tlog_tiles::prove_record(size, index, hashes))
}

/// Whether `proof` leads from the leaf's hash at `index` to the root.
///
/// # Errors
/// [`Error::Index`], [`Error::Size`]; [`Error::Proof`] when it does not.
pub fn verify_inclusion(
    proof: &[Hash],
    index: u64,
    size: u64,
    root: Hash,
    leaf: Hash,
) -> Result<(), Error> {
    check_index(index, size)?;
    tlog_tiles::check_record(&theirs(proof)?, size, to_their(root), index, to_their(leaf))
        .map_err(|_| Error::Proof)
}

/// The proof that the tree of `size` leaves with this root begins with the tree of `old_size`.
///
/// # Errors
/// As [`prove_inclusion`].
pub fn prove_consistency(
    old_size: u64,
    size: u64,
    root: Hash,
    read: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<Vec<Hash>, Error> {
    check_order(old_size, size)?;
    if old_size == 0 || old_size == size {
        return Ok(Vec::new());
    }
    with_tiles(size, root, read, |hashes| tlog_tiles::prove_tree(size, old_size, hashes))
}

/// Whether `proof` shows that the newer tree begins with the older one. The empty tree begins every
/// tree.
///
/// # Errors
/// [`Error::Index`], [`Error::Size`]; [`Error::Proof`] when it does not.
pub fn verify_consistency(
    proof: &[Hash],
    old_size: u64,
    old_root: Hash,
    size: u64,
    root: Hash,
) -> Result<(), Error> {
    check_order(old_size, size)?;
    if old_size == 0 {
        return holds(proof.is_empty() && old_root == Hash::EMPTY);
    }
    if old_size == size {
        return holds(proof.is_empty() && old_root == root);
    }
    tlog_tiles::check_tree(&theirs(proof)?, size, to_their(root), old_size, to_their(old_root))
        .map_err(|_| Error::Proof)
}

/// The hash of leaf `index`, read from tiles that hash to the root.
///
/// # Errors
/// As [`prove_inclusion`].
pub fn leaf_at(
    index: u64,
    size: u64,
    root: Hash,
    read: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<Hash, Error> {
    check_index(index, size)?;
    let hashes = with_tiles(size, root, read, |hashes| {
        hashes.read_hashes(&[tlog_tiles::stored_hash_index(0, index)])
    })?;
    hashes.first().copied().ok_or(Error::Inconsistent)
}

fn with_tiles(
    size: u64,
    root: Hash,
    read: &dyn Fn(&str) -> Option<Vec<u8>>,
    ask: impl Fn(&Tiles<'_>) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error>,
) -> Result<Vec<Hash>, Error> {
    let tiles = Tiles::open(size, root, read)?;
    match ask(&tiles) {
        Ok(hashes) => Ok(hashes.into_iter().map(|hash| Hash(hash.0)).collect()),
        Err(_) => Err(tiles.failed.take().unwrap_or(Error::Inconsistent)),
    }
}

/// The tiles of one tree, each authenticated before it is used.
struct Tiles<'a> {
    size: u64,
    read: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    /// By level and index.
    known: RefCell<BTreeMap<(u8, u64), Vec<Hash>>>,
    failed: RefCell<Option<Error>>,
}

impl<'a> Tiles<'a> {
    fn open(
        size: u64,
        root: Hash,
        read: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<Self, Error> {
        let mut known = BTreeMap::new();
        for tile in Tile::edge(size) {
            known.insert((tile.level, tile.index), read_tile(&tile, read)?);
        }
        let tiles = Self { size, read, known: RefCell::new(known), failed: RefCell::new(None) };
        // The edge alone makes the root: every full tile has its hash in a tile above.
        let edge_root = Tile::edge(size)
            .into_iter()
            .filter_map(|tile| Some(tiles.known.borrow().get(&(tile.level, tile.index))?.clone()))
            .flat_map(|hashes| crate::edge::perfect_subtrees(&hashes).into_iter().rev())
            .reduce(|right, left| node_hash(left, right));
        match edge_root == Some(root) {
            true => Ok(tiles),
            false => Err(Error::Inconsistent),
        }
    }

    fn hashes(&self, level: u8, index: u64) -> Result<Vec<Hash>, Error> {
        if let Some(hashes) = self.known.borrow().get(&(level, index)) {
            return Ok(hashes.clone());
        }
        let tile = Tile::at(level, index, self.size).ok_or(Error::Inconsistent)?;
        let hashes = read_tile(&tile, self.read)?;
        let (parent, place) = (index / u64::from(TILE_WIDTH), index % u64::from(TILE_WIDTH));
        let above = self.hashes(level + 1, parent)?;
        if tile.is_partial() || above.get(place as usize) != Some(&perfect_root(hashes.clone())) {
            return Err(Error::Inconsistent);
        }
        self.known.borrow_mut().insert((level, index), hashes.clone());
        Ok(hashes)
    }

    /// The root of the perfect subtree `n` of height `height`.
    fn node(&self, height: u8, n: u64) -> Result<Hash, Error> {
        let within = height % 8;
        let first = n.checked_shl(u32::from(within)).ok_or(Error::Inconsistent)?;
        let hashes = self.hashes(height / 8, first / u64::from(TILE_WIDTH))?;
        let start = (first % u64::from(TILE_WIDTH)) as usize;
        let leaves = hashes.get(start..start + (1 << within)).ok_or(Error::Inconsistent)?;
        Ok(perfect_root(leaves.to_vec()))
    }
}

impl HashReader for Tiles<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        indexes
            .iter()
            .map(|index| {
                let (height, n) = tlog_tiles::split_stored_hash_index(*index);
                self.node(height, n).map(to_their).map_err(|error| {
                    self.failed.replace(Some(error));
                    tlog_tiles::Error::InvalidTile
                })
            })
            .collect()
    }
}

/// A partial tile that is gone is taken from the full tile in its place.
fn read_tile(tile: &Tile, read: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Vec<Hash>, Error> {
    let bytes = read(&tile.path()).or_else(|| {
        let mut full = tile.is_partial().then(|| read(&tile.full().path()))??;
        full.truncate(usize::from(tile.width) * 32);
        Some(full)
    });
    read_hashes(tile, &bytes.ok_or_else(|| Error::Missing(tile.path()))?)
}

fn check_index(index: u64, size: u64) -> Result<(), Error> {
    if size > MAX_SIZE {
        return Err(Error::Size(size));
    }
    if index >= size {
        return Err(Error::Index { index, size });
    }
    Ok(())
}

fn check_order(old_size: u64, size: u64) -> Result<(), Error> {
    if size > MAX_SIZE {
        return Err(Error::Size(size));
    }
    if old_size > size {
        return Err(Error::Index { index: old_size, size });
    }
    Ok(())
}

fn holds(it: bool) -> Result<(), Error> {
    if it { Ok(()) } else { Err(Error::Proof) }
}

fn to_their(hash: Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(hash.0)
}

fn theirs(proof: &[Hash]) -> Result<Vec<tlog_tiles::Hash>, Error> {
    if proof.len() > MAX_PROOF {
        return Err(Error::Proof);
    }
    Ok(proof.iter().copied().map(to_their).collect())
}
