//! Into the system, by either door; and again with a corrected draft.

use jiff::Timestamp;

use super::{
    ActState, Door, FieldBox, File, FileAct, FileRole, ProcedureResult, ResultDoc, State,
    Submitter, Transition, done,
};
use crate::text::{at_most, line};
use crate::{
    About, ActName, Acting, CheckCode, EventKind, Kind, Position, Procedure, Refusal, ResultId,
    Role, Signer, Submission, permit,
};

/// What comes in, after the edge has read the files: made ids, placed QR and fields.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Incoming {
    pub submission: Submission,
    /// The main file first.
    pub files: Vec<File>,
    /// Each box of the layout, as it lies on the page. Empty at the second door.
    pub boxes: Vec<FieldBox>,
}

impl ProcedureResult {
    /// A new result. `position` is the signing position that a draft names.
    ///
    /// # Errors
    /// Not permitted; procedure or position not in force at this agency; a missing box; bad files.
    pub fn submit(
        id: ResultId,
        code: CheckCode,
        incoming: Incoming,
        procedure: &Procedure,
        position: Option<&Position>,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Transition {
        let submission = &incoming.submission;
        let act = match submission.kind {
            Kind::Draft => ActName::SubmitDraft,
            Kind::SignedElsewhere(_) => ActName::SubmitElsewhere,
        };
        let about = About {
            place: Some(submission.receiving_place),
            procedure: Some(submission.procedure),
            ..About::of(submission.agency)
        };
        permit(act, who, &about, now)?;
        let submitter = match who {
            Acting::Person { person, position } => {
                Submitter::Person { person: *person, position: position.id }
            }
            Acting::Client(client) => {
                Submitter::Client { client: client.id, acts_for: client.acts_for }
            }
            Acting::System => return Err(Refusal::NotYourRole { act }),
        };
        let acts = acts_for(&incoming, procedure, position, now)?;
        let doc = ResultDoc {
            id,
            code,
            submission: incoming.submission,
            submitter,
            submitted: now,
            updated: now,
            state: State::Submitted,
            revision: 1,
            version: 1,
            procedure_version: procedure.version,
            terms: procedure.terms.clone(),
            files: incoming.files,
            boxes: incoming.boxes,
            acts,
            number: None,
            void_numbers: vec![],
            in_hand: None,
            intake: None,
            reasons: vec![],
            leaves: vec![],
            issued: None,
            superseded_by: None,
        };
        done(doc, EventKind::Submitted)
    }

    /// A corrected draft after `returned` or `cancelled`: a new revision of the same result, under
    /// the procedure as it is now. Agency, place of return and procedure stay; the signer may change.
    ///
    /// # Errors
    /// Not permitted, another client's, another procedure, or as for [`ProcedureResult::submit`].
    pub fn resubmit(
        &self,
        incoming: Incoming,
        procedure: &Procedure,
        position: Option<&Position>,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Transition {
        let act = ActName::Resubmit;
        self.ask(act, who, now)?;
        self.own_if_client(who)?;
        let (was, is) = (&self.submission, &incoming.submission);
        if self.door() != Door::Draft
            || is.kind != Kind::Draft
            || was.agency != is.agency
            || was.procedure != is.procedure
            || was.receiving_place != is.receiving_place
        {
            return Err(Refusal::field(
                "submission",
                "bản sửa phải giữ cơ quan, nơi trả và thủ tục",
                "a corrected draft keeps agency, place of return and procedure",
            ));
        }
        let acts = acts_for(&incoming, procedure, position, now)?;
        let mut doc = self.after(act, State::Submitted, now)?;
        doc.revision = doc.revision.saturating_add(1);
        doc.submission = incoming.submission;
        doc.files = incoming.files;
        doc.boxes = incoming.boxes;
        doc.acts = acts;
        doc.procedure_version = procedure.version;
        doc.terms = procedure.terms.clone();
        done(doc, EventKind::Submitted)
    }

    /// The case officer moves boxes on the preview: the files were prepared anew from the same
    /// submitted bytes, before anybody signed.
    ///
    /// # Errors
    /// Not permitted, signed already, or a box that the layout asks for is missing.
    pub fn place_boxes(
        &self,
        files: Vec<File>,
        boxes: Vec<FieldBox>,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Transition {
        let act = ActName::PlaceBoxes;
        self.ask(act, who, now)?;
        if self.door() != Door::Draft || self.acts.iter().any(FileAct::is_done) {
            return Err(Refusal::WrongState { act, state: self.state });
        }
        let same = |(a, b): (&File, &File)| a.role == b.role && a.submitted == b.submitted;
        if files.len() != self.files.len() || !files.iter().zip(&self.files).all(same) {
            return Err(Refusal::OtherFile);
        }
        for old in &self.boxes {
            if !boxes.iter().any(|new| new.name == old.name && new.file == old.file) {
                return Err(Refusal::BoxMissing { name: old.name.clone() });
            }
        }
        let mut doc = self.after(act, State::Submitted, now)?;
        doc.files = files;
        doc.boxes = boxes;
        done(doc, EventKind::Placed)
    }

    /// A client touches only what it sent.
    pub(super) fn own_if_client(&self, who: &Acting<'_>) -> Result<(), Refusal> {
        match who {
            Acting::Client(client) if self.client() != Some(client.id) => Err(Refusal::ClientScope),
            _ => Ok(()),
        }
    }
}

/// Checks what came in against the procedure; the acts that follow from it.
fn acts_for(
    incoming: &Incoming,
    procedure: &Procedure,
    position: Option<&Position>,
    now: Timestamp,
) -> Result<Vec<FileAct>, Refusal> {
    let Incoming { submission, files, boxes } = incoming;
    if procedure.id != submission.procedure
        || procedure.agency != submission.agency
        || !procedure.in_use(now)
    {
        return Err(Refusal::ProcedureNotInUse);
    }
    check_files(files)?;
    if submission.kind != Kind::Draft {
        if !procedure.terms.takes_elsewhere {
            return Err(Refusal::ProcedureNotInUse);
        }
        // Kept byte for byte: nothing is placed, nothing is signed.
        return match files.iter().all(|f| f.current == f.submitted) && boxes.is_empty() {
            true => Ok(vec![]),
            false => Err(Refusal::OtherFile),
        };
    }
    let named = submission.signing_position.ok_or(Refusal::NotSigningPosition)?;
    let position = position.filter(|p| p.id == named && p.agency == submission.agency);
    let position = position.ok_or(Refusal::Unknown { what: "position" })?;
    if !position.roles.contains(&Role::Official) {
        return Err(Refusal::field(
            "signing_position",
            "chức vụ này không có thẩm quyền ký",
            "the position does not sign",
        ));
    }
    if !position.in_force(now) {
        return Err(Refusal::PositionNotInForce { from: position.from, to: position.to });
    }
    let mut acts = vec![];
    for (file, _) in files.iter().enumerate() {
        let specs = if file == 0 { &procedure.acts } else { &procedure.attachment_acts };
        let file = u16::try_from(file).map_err(|_| Refusal::Unknown { what: "file" })?;
        for spec in specs {
            let by = match spec.by {
                Signer::SigningPosition => Signer::Position(named),
                by => by,
            };
            acts.push(FileAct {
                file,
                kind: spec.kind,
                by,
                key: spec.key,
                place: spec.place.clone(),
                state: ActState::Waiting,
            });
        }
    }
    // Over all files: initials, signatures, number and date, seals.
    acts.sort_by_key(|act| act.kind.stage());
    let there = |name: &str, file: u16| boxes.iter().any(|b| b.name == name && b.file == file);
    for act in &acts {
        if let Some(name) = act.place.as_deref().filter(|name| !there(name, act.file)) {
            return Err(Refusal::BoxMissing { name: name.to_owned() });
        }
    }
    if procedure.layout.0.contains_key(Procedure::QR) && !there(Procedure::QR, 0) {
        return Err(Refusal::BoxMissing { name: Procedure::QR.to_owned() });
    }
    Ok(acts)
}

fn check_files(files: &[File]) -> Result<(), Refusal> {
    at_most("files", files.len(), MOST_FILES)?;
    let bad =
        || Refusal::field("files", "một tệp chính, rồi các tệp đính kèm", "one main file first");
    let (first, rest) = files.split_first().ok_or_else(bad)?;
    if first.role != FileRole::Main {
        return Err(bad());
    }
    let mut names = std::collections::BTreeSet::new();
    for file in rest {
        let FileRole::Attachment(name) = &file.role else { return Err(bad()) };
        line("files", name, 200)?;
        if !names.insert(name) {
            return Err(Refusal::Exists { what: "attachment" });
        }
    }
    match files.iter().all(|file| file.bytes > 0) {
        true => Ok(()),
        false => Err(Refusal::field("files", "tệp rỗng", "an empty file")),
    }
}

const MOST_FILES: usize = 21;
