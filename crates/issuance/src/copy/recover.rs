//! After a crash: what the printer says about an attempt's job, and what follows.
//!
//! The same answers are read while following a job in ordinary times; there is no second logic for
//! recovery.

use super::{Attempt, AttemptState};

/// What was found at the printer by the attempt's token, job-uuid, printer-uuid and up-time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seen {
    /// The printer does not answer: nothing is known, ask again.
    Unreachable,
    /// No job with this token (it may have been forgotten).
    NoJob,
    /// The job waits for its document, or is held, and `time-at-processing` has no value.
    NeverProcessed,
    /// Pending, processing or stopped.
    Processing,
    /// Completed.
    Completed,
    /// Aborted or cancelled; a page count of zero proves nothing.
    Aborted,
    /// The printer was started again since.
    Rebooted,
    /// Another printer is at the address.
    OtherPrinter,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Ask again later.
    Wait,
    /// Cancel the job, if there is one, then write `abandoned`: a new attempt may follow by itself.
    CancelAndAbandon,
    /// Go on asking.
    Follow,
    /// Write this state.
    Write(AttemptState),
    /// Nothing to do for a machine.
    Nothing,
}

/// What follows from what was seen.
pub fn recover(attempt: &Attempt, seen: Seen) -> Recovery {
    use AttemptState::{Created, Prepared, Printed, PrintedLook, Sending, Sent, Uncertain};
    match (&attempt.state, seen) {
        (Prepared | Created { .. } | Sending | Sent, Seen::Unreachable) => Recovery::Wait,
        // The document was not sent: whatever the printer has, it has no page of ours.
        (Prepared | Created { .. }, _) => Recovery::CancelAndAbandon,
        (Sending, Seen::NeverProcessed) => Recovery::CancelAndAbandon,
        (Sending | Sent, Seen::Processing) | (Sent, Seen::NeverProcessed) => Recovery::Follow,
        // We died between sending and knowing: a torn document "completes" too.
        (Sending, Seen::Completed) => Recovery::Write(PrintedLook),
        (Sent, Seen::Completed) => Recovery::Write(Printed),
        (Sending | Sent, Seen::NoJob | Seen::Aborted | Seen::Rebooted | Seen::OtherPrinter) => {
            Recovery::Write(Uncertain)
        }
        _ => Recovery::Nothing,
    }
}
