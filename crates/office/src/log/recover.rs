//! After an older copy of the database was put back: which published leaves have no row, and how the
//! service opens again. Two people do it; the gap is published.

use std::fmt;

use issuance::{FileHash, PersonId, Refusal, Role};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{
    Act, ActError, Context, Detail, Lease, Store, Tx, leaves, meta, people, positions, recovery,
};
use tlog::{File, Leaf, LeafKind, SignedCheckpoint, TILE_WIDTH, Tile, VerifierKey, read_bundle};
use uuid::Uuid;

use super::{Folder, LogError, Publishing, verify};

/// Where the proposal waits for the second person.
const PROPOSAL: &str = "log.recovery";

/// A published leaf that the database lacks in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostLeaf {
    /// Its place in the log.
    pub index: u64,
    /// As published.
    pub leaf: Leaf,
    /// A row with these very bytes, only not in this place: nothing is lost but the place.
    pub row: Option<Uuid>,
}

/// What the published log has and the database has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Up to here both hold the same leaves.
    pub common: u64,
    /// Leaves that have a place in the database.
    pub database: u64,
    /// The published head.
    pub head: SignedCheckpoint,
    /// The published leaves from `common` on.
    pub leaves: Vec<LostLeaf>,
    /// Rows placed at `common` or after that are not in the published log there: they keep their
    /// acts and get a new place.
    pub displaced: u64,
}

impl Gap {
    /// Whether database and published log already agree.
    pub fn is_closed(&self) -> bool {
        self.leaves.is_empty() && self.database >= self.head.checkpoint().size
    }

    /// Leaves of which no row is left.
    pub fn without_row(&self) -> impl Iterator<Item = &LostLeaf> {
        self.leaves.iter().filter(|lost| lost.row.is_none())
    }

    /// Binds the two people to the same list.
    pub fn digest(&self) -> FileHash {
        FileHash(Sha256::digest(self.to_string()).into())
    }

    /// The name of the published list, under the log's prefix.
    pub fn path(&self) -> String {
        let digest = self.digest().to_string();
        let digest = digest.get(..8).unwrap_or_default();
        format!("gaps/{}-{}-{digest}", self.common, self.head.checkpoint().size)
    }
}

/// The list as it is published: a line a leaf, no personal data.
impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.head.checkpoint();
        writeln!(f, "antin.gap/1")?;
        writeln!(f, "origin {}", head.origin)?;
        writeln!(f, "from {}", self.common)?;
        writeln!(f, "to {}", head.size)?;
        writeln!(f, "root {}", head.root)?;
        for lost in &self.leaves {
            let id = lost.leaf.id.map_or("-".to_owned(), |id| id.to_string());
            let row = if lost.row.is_some() { "kept" } else { "lost" };
            writeln!(f, "{} {} {id} {} {row}", lost.index, lost.leaf.kind, lost.leaf.time_us)?;
        }
        Ok(())
    }
}

/// Compares every published leaf with the rows of the database, after verifying the whole published
/// log. None: nothing is published.
///
/// # Errors
/// [`LogError`] when the published log does not hold, or something cannot be read.
pub async fn gap(
    store: &Store,
    folder: &Folder,
    key: &VerifierKey,
) -> Result<Option<Gap>, LogError> {
    let Some(head) = folder.head(key)? else { return Ok(None) };
    verify(|path| folder.read(path), Some(key), None)?;
    let size = head.checkpoint().size;
    let mut tx = store.read().await?;
    let database = leaves::placed(&mut tx).await?;
    let mut common = 0;
    let mut lost: Vec<LostLeaf> = Vec::new();
    let mut index = 0;
    while let Some(tile) = Tile::at(0, index, size) {
        let first = index * u64::from(TILE_WIDTH);
        let bundle = folder
            .read(&tile.entries_path())?
            .or(folder.read(&tile.full().entries_path())?)
            .ok_or_else(|| tlog::Error::Missing(tile.entries_path()))?;
        let rows = leaves::from_index(&mut tx, first, u32::from(tile.width)).await?;
        let entries = read_bundle(&bundle)?;
        for (entry, at) in entries.into_iter().take(usize::from(tile.width)).zip(first..) {
            let same = rows.iter().any(|row| row.index == Some(at) && row.bytes == entry);
            if same && lost.is_empty() {
                common = at + 1;
                continue;
            }
            lost.push(LostLeaf { index: at, leaf: Leaf::from_bytes(entry)?, row: None });
        }
        index += 1;
    }
    let mut loose = recovery::loose(&mut tx, common).await?;
    let placed_after = loose.iter().filter(|row| row.index.is_some()).count() as u64;
    let mut found_placed = 0;
    for lost in &mut lost {
        let hash = lost.leaf.hash().0;
        if let Some(place) = loose.iter().position(|row| row.hash == hash) {
            let row = loose.swap_remove(place);
            found_placed += u64::from(row.index.is_some());
            lost.row = Some(row.id);
        }
    }
    // Rows beyond the published head whose beginning agrees only wait to be published.
    let displaced = if lost.is_empty() { 0 } else { placed_after - found_placed };
    Ok(Some(Gap { common, database, head, leaves: lost, displaced }))
}

#[derive(Serialize, Deserialize)]
struct Proposal {
    by: PersonId,
    digest: String,
}

/// The first person has seen the list and proposes to close the gap.
#[derive(Debug, Clone)]
pub struct ProposeRecovery {
    /// What they saw.
    pub gap: Gap,
}

impl Act for ProposeRecovery {
    const NAME: &'static str = "log_recover_propose";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        let by = person_of(tx, at, Some(Role::Administrator)).await?;
        let proposal = Proposal { by, digest: self.gap.digest().to_string() };
        let text = serde_json::to_string(&proposal).map_err(|error| broken(&error.to_string()))?;
        meta::put(tx, PROPOSAL, &text).await?;
        tx.record(Detail::of("log", self.gap.path()).changed(None, Some(self.gap.digest())));
        Ok(())
    }
}

/// Another person has seen the same list and closes the gap: rows get the places that they have in
/// the published log, leaves without a row come back without their result, and the published head
/// is the database's.
#[derive(Debug, Clone)]
pub struct ConfirmRecovery {
    /// What they saw.
    pub gap: Gap,
    /// Of the sequencer, so that no place is given meanwhile.
    pub lease: Lease,
}

impl Act for ConfirmRecovery {
    const NAME: &'static str = "log_recover_confirm";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        let gap = &self.gap;
        tx.record(Detail::of("log", gap.path()).changed(None, Some(gap.digest())));
        let by = person_of(tx, at, None).await?;
        let proposal = meta::get(tx, PROPOSAL).await?;
        let proposal: Option<Proposal> = proposal.and_then(|text| serde_json::from_str(&text).ok());
        let proposal = proposal.ok_or(Refusal::ProposalClosed)?;
        if proposal.by == by {
            return Err(Refusal::SamePerson.into());
        }
        if proposal.digest != gap.digest().to_string() {
            return Err(Refusal::ChangedSince { what: "list" }.into());
        }
        self.lease.hold(tx).await?;
        if leaves::placed(tx).await? != gap.database {
            return Err(Refusal::ChangedSince { what: "list" }.into());
        }
        recovery::unplace(tx, gap.common).await?;
        for lost in &gap.leaves {
            match lost.row {
                Some(row) => recovery::place_at(tx, row, lost.index).await?,
                None => recovery::import(tx, &lost.leaf, lost.index).await?,
            }
        }
        let head = gap.head.checkpoint();
        recovery::adopt_checkpoint(tx, gap.common, head.size, head.root.0, gap.head.note()).await?;
        meta::remove(tx, PROPOSAL).await?;
        Ok(())
    }
}

/// Whoever acts: active, and in a position in force, with this role where one is asked for.
async fn person_of(
    tx: &mut Tx<'_>,
    at: &Context,
    role: Option<Role>,
) -> Result<PersonId, ActError> {
    let by = at.actor.person.ok_or(Refusal::PositionNotHeld)?;
    let person = people::get(tx, by).await?.ok_or(Refusal::Unknown { what: "person" })?;
    person.must_be_active()?;
    let fits = |position: &issuance::Position| {
        position.in_force(at.now) && role.is_none_or(|role| position.roles.contains(&role))
    };
    match positions::of_person(tx, by).await?.iter().any(fits) {
        true => Ok(by),
        false => Err(Refusal::PositionNotHeld.into()),
    }
}

/// Publishes the list of what was missing, beside the log.
///
/// # Errors
/// [`LogError`].
pub fn publish_gap(folder: &Folder, right: &Publishing, gap: &Gap) -> Result<(), LogError> {
    folder.put(right, &File { path: gap.path(), bytes: gap.to_string().into_bytes() })
}

/// How many leaves of each kind are without a row.
pub fn counts(gap: &Gap) -> std::collections::BTreeMap<LeafKind, u64> {
    let mut counts = std::collections::BTreeMap::new();
    for lost in gap.without_row() {
        *counts.entry(lost.leaf.kind).or_default() += 1;
    }
    counts
}

fn broken(why: &str) -> ActError {
    ActError::Store(store::StoreError::Database(why.to_owned()))
}
