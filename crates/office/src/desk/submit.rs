//! Submissions: everything that costs time, or could be refused for the file's sake, before the act.

use std::collections::BTreeMap;

use issuance::{
    About, ActName, CheckCode, FieldBox, File, FileHash, FileRole, Kind, Place, ProcedureResult,
    Refusal, ResultId, Submission, SubmissionInput, permit,
};
use store::{
    Act, ActError, Actor, Context, Detail, Tx, idempotency, people, positions, procedures, results,
};

use super::prepare::Draft;
use super::{Desk, DeskError, new_id};
use crate::acts::{
    Answer, Idempotency, Made, PlaceBoxes, Resubmit, SubmitDraft, SubmitElsewhere, owner,
};
use crate::entry::Who;

/// What comes in.
#[derive(Clone, Debug)]
pub struct Submit {
    /// As the client sent it.
    pub submission: SubmissionInput,
    /// The main file.
    pub pdf: Vec<u8>,
    /// Files of their own.
    pub attachments: Vec<Attachment>,
    /// Once for each key.
    pub idempotency: Option<Idempotency>,
}

/// A file beside the main one.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Attachment {
    pub name: String,
    pub pdf: Vec<u8>,
}

impl Desk {
    /// By either door. The same idempotency key gives the same answer, whatever happened meanwhile.
    ///
    /// # Errors
    /// Refused by the rules or for the file; every refusal stands in the audit.
    pub async fn submit(&self, submit: Submit, actor: Actor) -> Result<Answer, DeskError> {
        if let Some(before) = self.before(submit.idempotency.as_ref(), &actor).await? {
            return Ok(before);
        }
        let draft = submit.submission.kind == Kind::Draft;
        let now = self.store.now();
        let id = ResultId::new(new_id(now)?);
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|error| DeskError::Ended(error.to_string()))?;
        let code = CheckCode::new(random);
        let idempotency = submit.idempotency.clone();
        let act = if draft { ActName::SubmitDraft } else { ActName::SubmitElsewhere };
        let made = self.made(submit, code, act, &actor).await;
        let made = match made {
            Err(DeskError::Refused(refusal)) => {
                return Err(self.turn_away(act, refusal, actor).await);
            }
            made => made?,
        };
        let answer = match draft {
            true => self.store.perform(SubmitDraft { id, code, made, idempotency }, actor).await,
            false => {
                self.store.perform(SubmitElsewhere { id, code, made, idempotency }, actor).await
            }
        };
        Ok(answer?)
    }

    /// A corrected draft after return or cancellation; the code stays.
    ///
    /// # Errors
    /// As [`Desk::submit`].
    pub async fn resubmit(
        &self,
        result: ResultId,
        submit: Submit,
        actor: Actor,
    ) -> Result<Answer, DeskError> {
        if let Some(before) = self.before(submit.idempotency.as_ref(), &actor).await? {
            return Ok(before);
        }
        let was = self.result(result).await?;
        let idempotency = submit.idempotency.clone();
        let act = ActName::Resubmit;
        let made = match self.made(submit, was.code, act, &actor).await {
            Err(DeskError::Refused(refusal)) => {
                return Err(self.turn_away(act, refusal, actor).await);
            }
            made => made?,
        };
        Ok(self.store.perform(Resubmit { result, made, idempotency }, actor).await?)
    }

    /// Boxes of the main file moved on the preview: it is prepared again from what was submitted.
    ///
    /// # Errors
    /// Not permitted, signed already, changed since, or a box would paint over something.
    pub async fn place_boxes(
        &self,
        result: ResultId,
        version: u64,
        moved: BTreeMap<String, Place>,
        actor: Actor,
    ) -> Result<ProcedureResult, DeskError> {
        let was = self.result(result).await?;
        self.may(ActName::PlaceBoxes, &was.about(), &actor).await?;
        let mut draft = self.draft(&was.submission, was.code).await?;
        draft.moved = moved;
        let (mut files, mut boxes) = (was.files.clone(), was.boxes.clone());
        let main = files.first_mut().ok_or(Refusal::Unknown { what: "file" })?;
        let pdf = self.objects.get(&main.submitted).await?;
        let (pdf, placed) = self.prepare(&draft, 0, pdf).await?;
        main.bytes = u64::try_from(pdf.len()).unwrap_or(u64::MAX);
        main.current = self.objects.put(pdf).await?;
        boxes.retain(|one| one.file != 0);
        boxes.extend(placed);
        Ok(self.store.perform(PlaceBoxes { result, version, files, boxes }, actor).await?)
    }

    /// Checks, prepares and keeps the files.
    async fn made(
        &self,
        submit: Submit,
        code: CheckCode,
        act: ActName,
        actor: &Actor,
    ) -> Result<Made, DeskError> {
        let submission = submit.submission.checked(self.store.now())?;
        let about = About {
            place: Some(submission.receiving_place),
            procedure: Some(submission.procedure),
            ..About::of(submission.agency)
        };
        self.may(act, &about, actor).await?;
        let mut parts = vec![(FileRole::Main, submit.pdf)];
        for attachment in submit.attachments {
            parts.push((FileRole::Attachment(attachment.name), attachment.pdf));
        }
        if submission.kind != Kind::Draft {
            let procedure = self.procedure(&submission).await?;
            let mut files = vec![];
            for (role, pdf) in parts {
                let bytes = u64::try_from(pdf.len()).unwrap_or(u64::MAX);
                let hash = self.objects.put(pdf).await?;
                files.push(File { role, submitted: hash, current: hash, bytes });
            }
            let procedure = (procedure.id, procedure.version);
            return Ok(Made { submission, files, boxes: vec![], procedure });
        }
        let draft = self.draft(&submission, code).await?;
        let (mut files, mut boxes): (Vec<File>, Vec<FieldBox>) = (vec![], vec![]);
        for (at, (role, pdf)) in (0_u16..).zip(parts) {
            let submitted = FileHash::of(&pdf);
            let (prepared, placed) = self.prepare(&draft, at, pdf.clone()).await?;
            let bytes = u64::try_from(prepared.len()).unwrap_or(u64::MAX);
            self.objects.put(pdf).await?;
            let current = self.objects.put(prepared).await?;
            files.push(File { role, submitted, current, bytes });
            boxes.extend(placed);
        }
        let procedure = (draft.procedure.id, draft.procedure.version);
        Ok(Made { submission, files, boxes, procedure })
    }

    async fn procedure(&self, submission: &Submission) -> Result<issuance::Procedure, DeskError> {
        let mut tx = self.store.read().await?;
        let procedure = procedures::get(&mut tx, submission.procedure).await?;
        Ok(procedure.ok_or(Refusal::ProcedureNotInUse)?)
    }

    /// What is needed to find the boxes on the page.
    async fn draft(&self, submission: &Submission, code: CheckCode) -> Result<Draft, DeskError> {
        let procedure = self.procedure(submission).await?;
        let named = submission.signing_position.ok_or(Refusal::NotSigningPosition)?;
        let mut tx = self.store.read().await?;
        let position = positions::get(&mut tx, named).await?;
        let position = position.ok_or(Refusal::Unknown { what: "position" })?;
        let signer = people::get(&mut tx, position.person).await?;
        let signer = signer.ok_or(Refusal::Unknown { what: "person" })?.name;
        Ok(Draft { procedure, position, signer, code, moved: BTreeMap::new() })
    }

    async fn result(&self, id: ResultId) -> Result<ProcedureResult, DeskError> {
        let mut tx = self.store.read().await?;
        let result = results::get(&mut tx, id).await?;
        Ok(result.ok_or(Refusal::Unknown { what: "result" })?)
    }

    /// Before work is done for somebody; the act asks again.
    async fn may(&self, act: ActName, about: &About<'_>, actor: &Actor) -> Result<(), DeskError> {
        let mut tx = self.store.read().await?;
        let at = Context { now: tx.now(), actor: actor.clone() };
        let who = Who::of(&mut tx, &at).await?;
        permit(act, &who.acting(), about, at.now)?;
        Ok(())
    }

    async fn before(
        &self,
        wanted: Option<&Idempotency>,
        actor: &Actor,
    ) -> Result<Option<Answer>, DeskError> {
        let (Some(wanted), Some(owner)) = (wanted, owner(actor)) else { return Ok(None) };
        let mut tx = self.store.read().await?;
        let found = idempotency::find(&mut tx, &owner, &wanted.key, &wanted.fingerprint).await?;
        Ok(found.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// A refusal before the act is a row of the audit too.
    async fn turn_away(&self, act: ActName, refusal: Refusal, actor: Actor) -> DeskError {
        let turned = match act {
            ActName::SubmitDraft => self.store.perform(Turned::<0>(refusal), actor).await,
            ActName::SubmitElsewhere => self.store.perform(Turned::<1>(refusal), actor).await,
            _ => self.store.perform(Turned::<2>(refusal), actor).await,
        };
        match turned {
            Ok(()) => DeskError::Ended("a refusal was not refused".to_owned()),
            Err(error) => error.into(),
        }
    }
}

/// An act that was refused before it began.
struct Turned<const ACT: u8>(Refusal);

impl<const ACT: u8> Act for Turned<ACT> {
    const NAME: &'static str = match ACT {
        0 => ActName::SubmitDraft.as_str(),
        1 => ActName::SubmitElsewhere.as_str(),
        _ => ActName::Resubmit.as_str(),
    };
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, _: &Context) -> Result<(), ActError> {
        tx.record(Detail::default());
        Err(self.0.clone().into())
    }
}
