//! One try to print: what the machine knows, step by step.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AttemptId, CheckCode, FileHash, PrinterId, Refusal};

/// A try, with the code on its sheet and the token by which the printer's job is found again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Attempt {
    pub id: AttemptId,
    /// The job's name; 128 random bits.
    pub token: [u8; 16],
    /// In the QR of its sheet.
    pub code: CheckCode,
    pub printer: Printer,
    /// SHA-256 of the rendering that is sent.
    pub derived: FileHash,
    pub at: Timestamp,
    pub state: AttemptState,
    /// The document's bytes may have left: set before they do, taken back only by proof.
    pub maybe_on_paper: bool,
    /// A sheet with this code verifies as void.
    pub void: bool,
}

/// The printer as it was when the attempt was prepared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Printer {
    pub id: PrinterId,
    /// printer-uuid (PWG 5100.13).
    pub uuid: String,
    /// printer-up-time (RFC 8011, 5.4.29): smaller than before means rebooted. Seconds.
    pub up_time_seconds: u32,
}

/// What the machine knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum AttemptState {
    Prepared,
    /// Create-Job was answered.
    Created {
        job_id: i32,
        job_uuid: Option<String>,
        uri: String,
    },
    /// About to send the document.
    Sending,
    /// Send-Document was answered.
    Sent,
    /// Completed, and nothing odd.
    Printed,
    /// Completed, but a person must look.
    PrintedLook,
    /// A person must count sheets.
    Uncertain,
    /// Cancelled before any byte of the document could be printed.
    Abandoned,
    /// A person counted: no sheet.
    NotPrinted,
    /// A person looked: the sheet is spoiled.
    Spoiled,
}

/// What a person says after looking at the printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A good sheet: its code is scanned next.
    Good,
    /// A sheet that cannot be handed over: kept for destruction.
    Spoiled,
    /// No sheet.
    Nothing,
}

impl Attempt {
    pub(super) fn new(
        id: AttemptId,
        token: [u8; 16],
        code: CheckCode,
        printer: Printer,
        derived: FileHash,
        at: Timestamp,
    ) -> Self {
        let state = AttemptState::Prepared;
        Self { id, token, code, printer, derived, at, state, maybe_on_paper: false, void: false }
    }

    /// On its way, or waiting for a person.
    pub fn is_live(&self) -> bool {
        use AttemptState::{Abandoned, NotPrinted, Spoiled};
        !matches!(self.state, Abandoned | NotPrinted | Spoiled)
    }

    pub(super) fn follow(&mut self, to: AttemptState) -> Result<(), Refusal> {
        use AttemptState::{
            Abandoned, Created, Prepared, Printed, PrintedLook, Sending, Sent, Uncertain,
        };
        let follows = matches!(
            (&self.state, &to),
            (Prepared, Created { .. } | Abandoned)
                | (Created { .. }, Sending | Abandoned)
                // From `sending` back only with proof that the job was held and never processed.
                | (Sending, Sent | PrintedLook | Uncertain | Abandoned)
                | (Sent, Printed | PrintedLook | Uncertain)
        );
        if !follows {
            return Err(Refusal::CopyState);
        }
        match to {
            Sending => self.maybe_on_paper = true,
            Abandoned => self.maybe_on_paper = false,
            _ => {}
        }
        self.state = to;
        Ok(())
    }

    pub(super) fn answer(&mut self, answer: Answer) -> Result<(), Refusal> {
        use AttemptState::{NotPrinted, Printed, PrintedLook, Spoiled, Uncertain};
        if !matches!(self.state, Uncertain | PrintedLook | Printed) {
            return Err(Refusal::CopyState);
        }
        self.state = match answer {
            Answer::Good => Printed,
            Answer::Spoiled => Spoiled,
            // A sheet may still be in the machine: its code is void, so that a late one is known.
            Answer::Nothing => NotPrinted,
        };
        self.void = answer != Answer::Good;
        Ok(())
    }
}
