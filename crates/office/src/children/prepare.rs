//! The other hostile bytes: a draft is prepared in a child too, which sends back only what is to be
//! appended, so that the draft stays the beginning whatever became of the child.
//!
//! ```text
//!  stdin: length (u32, big endian) ‖ PrepareJob as JSON ‖ draft
//!  stdout: length (u32, big endian) ‖ Prepare as JSON ‖ tail
//! ```

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::time::Duration;

use issuance::{ActSpec, FieldBox, Layout, Place};
use serde::{Deserialize, Serialize};

use super::{ChildError, ChildLimits, Reader, exchange, limit};
use crate::draft::{Finding, Prepared, Refused, Wanted, prepare};

/// What a draft is prepared for, as [`Wanted`] with its own values.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct PrepareJob {
    pub acts: Vec<ActSpec>,
    pub layout: Layout,
    pub file: u16,
    pub certify: bool,
    pub title: String,
    pub name: String,
    pub moved: BTreeMap<String, Place>,
    pub link: Option<String>,
}

/// The child's answer; the bytes to append follow it.
#[derive(Serialize, Deserialize)]
enum Prepare {
    Ready { boxes: Vec<FieldBox>, notes: Vec<Finding> },
    Refused(Refused),
}

impl PrepareJob {
    /// In this process.
    ///
    /// # Errors
    /// The draft is not taken.
    pub fn run(&self, draft: &[u8]) -> Result<Prepared, Refused> {
        let wanted = Wanted {
            acts: &self.acts,
            layout: &self.layout,
            file: self.file,
            certify: self.certify,
            title: &self.title,
            name: &self.name,
            moved: &self.moved,
            link: self.link.as_deref(),
        };
        prepare(draft, &wanted)
    }
}

impl Reader {
    /// Prepares a draft in a limited process. One that died or took too long refuses the draft.
    ///
    /// # Errors
    /// No child could be started: says nothing about the draft.
    pub async fn prepare(
        &self,
        draft: &[u8],
        job: &PrepareJob,
    ) -> Result<Result<Prepared, Refused>, ChildError> {
        let job = serde_json::to_vec(job).map_err(|e| ChildError::from(io::Error::from(e)))?;
        let mut input = length(job.len())?.to_vec();
        input.extend_from_slice(&job);
        input.extend_from_slice(draft);
        // A closed semaphore cannot happen; were it closed, the limit is the least of our troubles.
        let _place = self.places.acquire().await;
        let mut child = self.start("prepare")?;
        let patience = Duration::from_secs(self.limits.wall_seconds);
        let exchange = exchange(&mut child, &input, self.limits.facts_bytes);
        let answer = match tokio::time::timeout(patience, exchange).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(why)) => return Ok(Err(unreadable(&why))),
            // Dropping the child kills it.
            Err(_) => return Ok(Err(unreadable("preparing took too long and was stopped"))),
        };
        Ok(match split(&answer) {
            Some((Prepare::Ready { boxes, notes }, tail)) => {
                Ok(Prepared { pdf: [draft, tail].concat(), boxes, notes })
            }
            Some((Prepare::Refused(refused), _)) => Err(refused),
            None => Err(unreadable("the preparing process gave no readable answer")),
        })
    }
}

fn split(answer: &[u8]) -> Option<(Prepare, &[u8])> {
    let (length, rest) = answer.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (head, tail) = rest.split_at_checked(length)?;
    Some((serde_json::from_slice(head).ok()?, tail))
}

fn length(bytes: usize) -> io::Result<[u8; 4]> {
    let length = u32::try_from(bytes).map_err(io::Error::other)?;
    Ok(length.to_be_bytes())
}

fn unreadable(why: &str) -> Refused {
    Refused { findings: vec![Finding::unreadable(why)] }
}

/// The child's side (`antin child prepare`).
///
/// # Errors
/// The limits cannot be set, or the pipes broke.
pub fn prepare_as_child(limits: &ChildLimits) -> io::Result<()> {
    limit(limits)?;
    let mut input = Vec::new();
    // The job is small beside the document.
    let most = limits.document_bytes.saturating_add(4 << 20);
    io::stdin().lock().take(most).read_to_end(&mut input)?;
    let broken = || io::Error::from(io::ErrorKind::InvalidData);
    let (head, rest) = input.split_first_chunk::<4>().ok_or_else(broken)?;
    let head = usize::try_from(u32::from_be_bytes(*head)).map_err(|_| broken())?;
    let (job, draft) = rest.split_at_checked(head).ok_or_else(broken)?;
    let job: PrepareJob = serde_json::from_slice(job)?;
    let (answer, pdf) = match job.run(draft) {
        Ok(Prepared { pdf, boxes, notes }) => (Prepare::Ready { boxes, notes }, pdf),
        Err(refused) => (Prepare::Refused(refused), draft.to_vec()),
    };
    let tail = pdf.strip_prefix(draft).ok_or_else(broken)?;
    let answer = serde_json::to_vec(&answer)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    out.write_all(&length(answer.len())?)?;
    out.write_all(&answer)?;
    out.write_all(tail)?;
    out.flush()
}
