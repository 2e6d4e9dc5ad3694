//! The sequencer: leaves that acts wrote get their place in the log, the tree over them a signed
//! head, and both are published, within a second of the commit.
//!
//! ```text
//!  place ─► sign ─► compare-and-set ─► publish tiles ─► publish checkpoint
//!  (database)  (signer)  (database)       (folder)          (folder)
//! ```
//!
//! The order is what makes it safe to die anywhere. Leaves get their index before a head over them
//! is signed, so that whatever was signed stays the beginning of all that follows, even when it was
//! lost on the way; tiles are a function of the placed leaves, so that the database is their stage;
//! a head is published after it is the database's, and after its tiles. The next start publishes
//! what the database has and the folder lacks, by the code that publishes in every round.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use store::sequence::Placed;
use store::{Lease, Store, checkpoints, leases, leaves, sequence};
use tlog::{
    Checkpoint, Edge, File, Hash, SignedCheckpoint, VerifierKey, prove_consistency, read_unverified,
};
use tokio::sync::watch;

use crate::log::{Folder, LogError, Publishing, Standing, empty, load_edge, rows, standing};

/// Leaves under one checkpoint more than under the one before, at most.
const ROUND: u64 = 4096;
/// How long another process waits for the places when this one dies.
const LEASE_SECONDS: i64 = 10;

/// What is asked of whoever holds the log's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// The body of the checkpoint that was signed last. Answer: the body, or none.
    Head,
    /// A signature. Answer: the note.
    Sign {
        /// The text to sign.
        body: String,
        /// That the tree begins with the one of [`Ask::Head`].
        proof: Vec<Hash>,
    },
}

/// Asks, and gives the answer or, in words, why there is none.
pub type Notary = Arc<dyn Fn(Ask) -> Answer + Send + Sync>;
/// The answer of a [`Notary`], on its way.
pub type Answer = Pin<Box<dyn Future<Output = Result<Option<String>, String>> + Send>>;

/// The signer process as notary.
pub fn by_signer(signer: signer::client::Client) -> Notary {
    Arc::new(move |ask| {
        let signer = signer.clone();
        Box::pin(async move {
            match ask {
                Ask::Head => signer.head().await.map_err(|error| error.to_string()),
                Ask::Sign { body, proof } => {
                    let proof = proof.iter().map(Hash::to_string).collect();
                    let note = signer.checkpoint(body, proof).await;
                    note.map(Some).map_err(|error| error.to_string())
                }
            }
        })
    })
}

/// Why a round did not end.
#[derive(Debug, thiserror::Error)]
pub enum SequenceError {
    /// Database, published log and signer do not agree: nothing is signed or published.
    #[error("{}", .0.texts().1)]
    Standing(Standing),
    /// The holder of the key did not sign.
    #[error("checkpoint not signed: {0}")]
    Notary(String),
    /// Another sequencer committed a head first; the next start goes on from there.
    #[error("another sequencer committed a checkpoint")]
    Overtaken,
    /// Another process gives the places.
    #[error("another process has the lease")]
    Waiting,
    /// Stopped on purpose, by a test.
    #[error("stopped after {0:?}")]
    Stopped(Step),
    /// Folder, tree or database.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl From<store::StoreError> for SequenceError {
    fn from(error: store::StoreError) -> Self {
        Self::Log(error.into())
    }
}

impl From<tlog::Error> for SequenceError {
    fn from(error: tlog::Error) -> Self {
        Self::Log(error.into())
    }
}

/// The durable steps, in order. A test stops after one of them as a crash would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Leaves have their index in the database.
    Placed,
    /// The signer signed and remembers it; nobody else does.
    Signed,
    /// The head is the database's.
    Committed,
    /// So many files of the round are published.
    File(usize),
    /// The checkpoint is published.
    Published,
}

/// Whether to stop after a step.
pub type Hook = Arc<dyn Fn(Step) -> bool + Send + Sync>;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Rows that got their places.
    pub placed: Placed,
    /// Leaves that were published.
    pub published: u64,
}

/// Publishes one log. There is one at a time: it holds the folder and the lease.
pub struct Sequencer {
    store: Store,
    lease: Lease,
    folder: Folder,
    right: Arc<Publishing>,
    key: VerifierKey,
    notary: Notary,
    /// Of the published tree.
    edge: Edge,
    compared: bool,
    hook: Option<Hook>,
}

impl Sequencer {
    /// Takes the folder and the lease, and compares what is published and signed with the database.
    /// `holder`: a word of this process alone. While the signer does not answer, places are given and
    /// nothing is signed.
    ///
    /// # Errors
    /// [`SequenceError::Standing`] when the database is an older or another one; [`LogError::Locked`]
    /// and [`SequenceError::Waiting`] while another process does this work; others as they come.
    pub async fn start(
        store: Store,
        folder: Folder,
        key: VerifierKey,
        notary: Notary,
        holder: &str,
    ) -> Result<Self, SequenceError> {
        let right = Arc::new(folder.publishing()?);
        folder.sweep(&right)?;
        let taken = leases::take(&store, sequence::LEASE, holder, LEASE_SECONDS).await?;
        let lease = taken.ok_or(SequenceError::Waiting)?;
        let published = folder.head(&key)?;
        let head = published.map_or_else(|| empty(&key), |signed| signed.checkpoint().clone());
        let edge = load_edge(&folder, &head)?;
        let compared = false;
        let mut sequencer =
            Self { store, lease, folder, right, key, notary, edge, compared, hook: None };
        match sequencer.compare().await {
            Ok(()) | Err(SequenceError::Notary(_)) => Ok(sequencer),
            Err(error) => {
                sequencer.end().await?;
                Err(error)
            }
        }
    }

    /// Once a start: database, published log and signer agree.
    async fn compare(&mut self) -> Result<(), SequenceError> {
        if self.compared {
            return Ok(());
        }
        let signer = ask_head(&self.notary).await;
        let known = signer.as_ref().ok().cloned().flatten();
        let found = standing(&self.store, &self.folder, &self.key, known.as_ref()).await?;
        if !found.is_open() {
            return Err(SequenceError::Standing(found));
        }
        signer?;
        self.compared = true;
        Ok(())
    }

    /// Gives the lease back, so that the next need not wait for its end.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end(self) -> Result<(), SequenceError> {
        Ok(leases::give_back(&self.store, &self.lease).await?)
    }

    /// For tests: the round ends with [`SequenceError::Stopped`] after the step for which `hook` says
    /// so, as if the process had died there.
    pub fn stop_when(&mut self, hook: Hook) {
        self.hook = Some(hook);
    }

    /// Leaves under the published checkpoint.
    pub fn published(&self) -> u64 {
        self.edge.size()
    }

    /// One round: publishes what is committed, then places, signs, commits and publishes what acts
    /// wrote since.
    ///
    /// # Errors
    /// [`SequenceError`]. After any of them the next round, or the next start, goes on.
    pub async fn round(&mut self) -> Result<Round, SequenceError> {
        self.renew().await?;
        let before = self.edge.size();
        let (generation, committed, marked) = self.committed().await?;
        match committed {
            Some(signed) if signed.checkpoint().size > before => {
                self.publish(generation, signed).await?;
            }
            Some(_) if !marked => checkpoints::published(&self.store, generation).await?,
            _ => {}
        }
        // Dies here: leaves have their index, no head covers them. The next round takes them from
        // there; the order of leaves is never decided twice.
        let placed = sequence::place(&self.store, &self.lease).await?;
        self.stop(Step::Placed)?;
        let mut tx = self.store.read().await?;
        let leaves = leaves::placed(&mut tx).await?;
        drop(tx);
        let size = self.edge.size();
        if leaves > size {
            self.compare().await?;
            let signed = self.sign(leaves.min(size + ROUND)).await?;
            // Dies here: the signer signed a head that nobody else knows. The next one begins with
            // it, since the leaves are placed.
            self.stop(Step::Signed)?;
            self.commit(generation, &signed).await?;
            // Dies here: the database is ahead of the folder. The next start publishes.
            self.stop(Step::Committed)?;
            self.publish(generation + 1, signed).await?;
        }
        Ok(Round { placed, published: self.edge.size() - before })
    }

    async fn renew(&mut self) -> Result<(), SequenceError> {
        let left = self.lease.until.as_second() - self.store.now().as_second();
        if left <= LEASE_SECONDS / 2 {
            self.lease = leases::renew(&self.store, &self.lease, LEASE_SECONDS).await?;
        }
        Ok(())
    }

    /// The head that the database holds, with its generation, 0 before the first, and whether it is
    /// marked as published.
    async fn committed(&self) -> Result<(u64, Option<SignedCheckpoint>, bool), SequenceError> {
        let mut tx = self.store.read().await?;
        match checkpoints::last(&mut tx).await? {
            Some(row) => {
                let signed = self.key.open(&row.note)?;
                Ok((row.generation, Some(signed), row.published.is_some()))
            }
            None => Ok((0, None, true)),
        }
    }

    async fn sign(&self, end: u64) -> Result<SignedCheckpoint, SequenceError> {
        let (next, files) = self.grow(end).await?;
        let head =
            Checkpoint { origin: self.key.name().to_owned(), size: next.size(), root: next.root() };
        let last = ask_head(&self.notary).await?.unwrap_or_else(|| empty(&self.key));
        if last.size > head.size {
            // A larger tree was signed over leaves placed by now: catch up with it in this round.
            return Err(SequenceError::Notary(format!(
                "the signer signed {} leaves, the database offers {}",
                last.size, head.size
            )));
        }
        let read = |path: &str| {
            let made = files.iter().find(|file| file.path == path);
            made.map(|file| file.bytes.clone()).or_else(|| self.folder.read(path).ok().flatten())
        };
        let proof = prove_consistency(last.size, head.size, head.root, &read)?;
        let ask = Ask::Sign { body: head.body(), proof };
        let note = (self.notary)(ask)
            .await
            .map_err(SequenceError::Notary)?
            .ok_or_else(|| SequenceError::Notary("no note".to_owned()))?;
        let signed = self.key.open(note.as_bytes())?;
        match signed.checkpoint() == &head {
            true => Ok(signed),
            false => Err(SequenceError::Notary("a note over another head".to_owned())),
        }
    }

    async fn commit(&self, before: u64, signed: &SignedCheckpoint) -> Result<(), SequenceError> {
        let (head, note) = (signed.checkpoint(), signed.note().to_vec());
        let (store, lease) = (&self.store, &self.lease);
        let (size, root) = (head.size, head.root.0);
        match checkpoints::compare_and_set(store, lease, before, size, root, note).await? {
            true => Ok(()),
            false => Err(SequenceError::Overtaken),
        }
    }

    /// Publishes a committed head: its files, then itself. Dies at any file: those that are there are
    /// whole and right, and the published checkpoint is still the one before.
    async fn publish(
        &mut self,
        generation: u64,
        signed: SignedCheckpoint,
    ) -> Result<(), SequenceError> {
        let head = signed.checkpoint().clone();
        let (next, files) = self.grow(head.size).await?;
        if next.root() != head.root {
            return Err(SequenceError::Standing(Standing::Forked {
                size: head.size,
                by: crate::log::Witness::Published,
            }));
        }
        let (folder, right, hook) = (self.folder.clone(), self.right.clone(), self.hook.clone());
        let written = tokio::task::spawn_blocking(move || {
            for (done, file) in files.iter().enumerate() {
                folder.put(&right, file)?;
                if hook.as_ref().is_some_and(|hook| hook(Step::File(done + 1))) {
                    return Err(SequenceError::Stopped(Step::File(done + 1)));
                }
            }
            folder.put_checkpoint(&right, signed.note())?;
            Ok(())
        });
        written.await.map_err(|error| LogError::Broken(error.to_string()))??;
        self.edge = next;
        self.stop(Step::Published)?;
        // Dies here: published, and the row does not say so yet; the next round sees to it.
        Ok(checkpoints::published(&self.store, generation).await?)
    }

    /// The tree of `end` leaves with the files that the published one lacks.
    async fn grow(&self, end: u64) -> Result<(Edge, Vec<File>), SequenceError> {
        let more = rows(&self.store, self.edge.size(), end).await?;
        Ok(self.edge.append(&more.iter().map(|row| &row.bytes).collect::<Vec<_>>())?)
    }

    fn stop(&self, step: Step) -> Result<(), SequenceError> {
        match self.hook.as_ref().is_some_and(|hook| hook(step)) {
            true => Err(SequenceError::Stopped(step)),
            false => Ok(()),
        }
    }
}

/// Runs rounds until `stop` says so: one every `every`, which is well under a second, and again at
/// once while there is more. What fails is said once and tried again; a database that was set back
/// ends it.
///
/// # Errors
/// [`SequenceError::Standing`].
pub async fn run(
    start: impl AsyncFn() -> Result<Sequencer, SequenceError>,
    every: Duration,
    mut stop: watch::Receiver<bool>,
) -> Result<(), SequenceError> {
    let mut sequencer: Option<Sequencer> = None;
    let mut said: Option<String> = None;
    while !*stop.borrow() {
        let round = async {
            if sequencer.is_none() {
                sequencer = Some(start().await?);
            }
            match &mut sequencer {
                Some(sequencer) => sequencer.round().await,
                None => Ok(Round::default()),
            }
        };
        let pause = match round.await {
            Ok(round) if round.placed.is_full() || round.published >= ROUND => Duration::ZERO,
            Ok(_) => every,
            Err(error @ SequenceError::Standing(_)) => return Err(error),
            // Another process has the log: this one waits in case it dies.
            Err(SequenceError::Waiting | SequenceError::Log(LogError::Locked)) => {
                sequencer = None;
                Duration::from_secs(1).max(every)
            }
            Err(error) => {
                let text = error.to_string();
                if said.as_ref() != Some(&text) {
                    tracing::warn!(%error, "the log is not growing; trying again");
                    said = Some(text);
                }
                // Begin again from what is on the disk, with the folder given back; while only the
                // signer is silent, places are still given.
                if !matches!(error, SequenceError::Notary(_)) {
                    sequencer = None;
                }
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(1).max(every)) => {}
                    _ = stop.changed() => {}
                }
                continue;
            }
        };
        if said.take().is_some() {
            tracing::info!("the log grows again");
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
    if let Some(sequencer) = sequencer {
        sequencer.end().await?;
    }
    Ok(())
}

async fn ask_head(notary: &Notary) -> Result<Option<Checkpoint>, SequenceError> {
    let body = notary(Ask::Head).await.map_err(SequenceError::Notary)?;
    body.map(|body| Checkpoint::from_body(&body).or_else(|_| read_unverified(body.as_bytes())))
        .transpose()
        .map_err(|error| SequenceError::Notary(format!("head: {error}")))
}
