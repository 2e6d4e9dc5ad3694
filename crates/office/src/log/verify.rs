//! `antin log verify`: the whole log again, from its published files alone. Every entry is hashed
//! and read, every tile compared with what the entries make, the root with the checkpoint, and the
//! checkpoint with the key and with a head that somebody kept.

use std::collections::{BTreeMap, HashSet};

use tlog::{
    CHECKPOINT_PATH, Checkpoint, Edge, File, Leaf, LeafKind, TILE_WIDTH, Tile, VerifierKey,
    leaf_hash, prove_consistency, read_bundle, read_unverified, verify_consistency,
};

use super::LogError;

/// A head that was kept elsewhere: the log must still begin with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known(pub Checkpoint);

/// What a verified log says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The head.
    pub checkpoint: Checkpoint,
    /// The note as it was published.
    pub note: Vec<u8>,
    /// Whether a key was given, and the checkpoint is signed by it.
    pub signed: bool,
    /// How many leaves of each kind.
    pub kinds: BTreeMap<LeafKind, u64>,
    /// The time in the last leaf, microseconds since 1970.
    pub last_us: Option<i64>,
}

/// Verifies a log. `read` gets a path of the log and gives the file, or none where there is none.
///
/// # Errors
/// [`LogError::Log`] and [`LogError::Broken`] when the log does not hold; whatever `read` gives when
/// it could not be read.
pub fn verify(
    mut read: impl FnMut(&str) -> Result<Option<Vec<u8>>, LogError>,
    key: Option<&VerifierKey>,
    known: Option<&Known>,
) -> Result<Verified, LogError> {
    let note =
        read(CHECKPOINT_PATH)?.ok_or_else(|| tlog::Error::Missing(CHECKPOINT_PATH.to_owned()))?;
    let checkpoint = match key {
        Some(key) => key.open(&note)?.checkpoint().clone(),
        None => read_unverified(&note)?,
    };
    let mut leaves = Leaves::default();
    let mut edge = Edge::empty();
    let mut index = 0;
    while let Some(tile) = Tile::at(0, index, checkpoint.size) {
        let bundle = read_entries(&mut read, &tile)?;
        let entries: Vec<&[u8]> =
            read_bundle(&bundle)?.into_iter().take(usize::from(tile.width)).collect();
        if entries.len() != usize::from(tile.width) {
            return Err(tlog::Error::Length(tile.entries_path()).into());
        }
        for entry in &entries {
            leaves.take(entry)?;
        }
        let (next, made) = edge.append(&entries)?;
        // Partial tiles of sizes in between were never promised.
        for file in made.iter().filter(|file| !file.path.contains(".p/")) {
            compare(&mut read, file)?;
        }
        edge = next;
        index += 1;
    }
    for file in edge.files() {
        compare(&mut read, &file)?;
    }
    if edge.root() != checkpoint.root {
        return Err(tlog::Error::Inconsistent.into());
    }
    if let Some(Known(known)) = known {
        check_known(&mut read, &checkpoint, known)?;
    }
    Ok(Verified {
        checkpoint,
        note,
        signed: key.is_some(),
        kinds: leaves.kinds,
        last_us: leaves.last_us,
    })
}

/// Whether a tile is published as the entries make it; the entries themselves were read.
fn compare(
    read: &mut impl FnMut(&str) -> Result<Option<Vec<u8>>, LogError>,
    made: &File,
) -> Result<(), LogError> {
    if made.path.starts_with("tile/entries/") {
        return Ok(());
    }
    match read_partial(read, &made.path, made.bytes.len())? == made.bytes {
        true => Ok(()),
        false => Err(LogError::Broken(format!("{} is not what the entries make", made.path))),
    }
}

/// Whether the log still begins with a head kept elsewhere.
fn check_known(
    read: &mut impl FnMut(&str) -> Result<Option<Vec<u8>>, LogError>,
    head: &Checkpoint,
    known: &Checkpoint,
) -> Result<(), LogError> {
    if known.origin != head.origin {
        return Err(LogError::Broken(format!(
            "the kept head is of {}, the log is {}",
            known.origin, head.origin
        )));
    }
    if known.size > head.size {
        return Err(LogError::Broken(format!(
            "the log has {} leaves and once had {}: it was set back",
            head.size, known.size
        )));
    }
    let read = std::cell::RefCell::new(read);
    let proof = prove_consistency(known.size, head.size, head.root, &|path| {
        (read.borrow_mut())(path).ok().flatten()
    })?;
    verify_consistency(&proof, known.size, known.root, head.size, head.root).map_err(|_| {
        LogError::Broken(format!("the first {} leaves are not those of the kept head", known.size))
    })
}

#[derive(Default)]
struct Leaves {
    index: u64,
    kinds: BTreeMap<LeafKind, u64>,
    seen: HashSet<tlog::Hash>,
    last_us: Option<i64>,
}

impl Leaves {
    fn take(&mut self, entry: &[u8]) -> Result<(), LogError> {
        let index = self.index;
        let leaf = Leaf::from_bytes(entry)
            .map_err(|error| LogError::Broken(format!("leaf {index}: {error}")))?;
        if let Some(prev) = leaf.prev
            && !self.seen.contains(&prev)
        {
            return Err(LogError::Broken(format!(
                "leaf {index} follows one that is not before it"
            )));
        }
        self.seen.insert(leaf_hash(entry));
        *self.kinds.entry(leaf.kind).or_default() += 1;
        self.last_us = Some(leaf.time_us);
        self.index += 1;
        Ok(())
    }
}

fn read_entries(
    read: &mut impl FnMut(&str) -> Result<Option<Vec<u8>>, LogError>,
    tile: &Tile,
) -> Result<Vec<u8>, LogError> {
    if let Some(bytes) = read(&tile.entries_path())? {
        return Ok(bytes);
    }
    if tile.width < TILE_WIDTH
        && let Some(bytes) = read(&tile.full().entries_path())?
    {
        return Ok(bytes);
    }
    Err(tlog::Error::Missing(tile.entries_path()).into())
}

/// A tile; a partial one that is gone is the beginning of the full one.
fn read_partial(
    read: &mut impl FnMut(&str) -> Result<Option<Vec<u8>>, LogError>,
    path: &str,
    length: usize,
) -> Result<Vec<u8>, LogError> {
    if let Some(bytes) = read(path)? {
        return Ok(bytes);
    }
    if let Some((full, _)) = path.split_once(".p/")
        && let Some(mut bytes) = read(full)?
    {
        bytes.truncate(length);
        return Ok(bytes);
    }
    Err(tlog::Error::Missing(path.to_owned()).into())
}
