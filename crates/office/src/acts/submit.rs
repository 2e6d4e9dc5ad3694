//! Into the system by either door, once for each idempotency key; a corrected draft; moved boxes.

use issuance::{
    CheckCode, FieldBox, File, Incoming, ProcedureId, ProcedureResult, Refusal, ResultId, State,
    Submission,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Act, ActError, Actor, Context, NewJob, StoreError, Tx, Via, idempotency, jobs, positions,
    procedures,
};

use super::keep::{Why, keep, keep_new, known, said};
use crate::entry::Who;

/// A request that may come twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// As the client chose it.
    pub key: String,
    /// SHA-256 of the request.
    pub fingerprint: [u8; 32],
}

/// What was made of the files before the act: objects are there, QR and fields are placed.
#[derive(Clone, Debug)]
pub struct Made {
    /// Checked.
    pub submission: Submission,
    /// The main file first.
    pub files: Vec<File>,
    /// Empty at the second door.
    pub boxes: Vec<FieldBox>,
    /// The procedure whose layout was used, and its version.
    pub procedure: (ProcedureId, u32),
}

/// What the submitter gets, now and for the same key again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Answer {
    pub id: ResultId,
    pub code: CheckCode,
    pub state: State,
    pub revision: u32,
    pub version: u64,
}

impl Answer {
    fn of(result: &ProcedureResult) -> Self {
        let (id, code, state) = (result.id, result.code, result.state);
        Self { id, code, state, revision: result.revision, version: result.version }
    }
}

/// A draft that is signed here.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct SubmitDraft {
    pub id: ResultId,
    pub code: CheckCode,
    pub made: Made,
    pub idempotency: Option<Idempotency>,
}

/// A result that was signed and sealed elsewhere; a job judges it.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct SubmitElsewhere {
    pub id: ResultId,
    pub code: CheckCode,
    pub made: Made,
    pub idempotency: Option<Idempotency>,
}

/// A corrected draft after return or cancellation.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Resubmit {
    pub result: ResultId,
    pub made: Made,
    pub idempotency: Option<Idempotency>,
}

/// Boxes moved on the preview: the files were prepared again.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct PlaceBoxes {
    pub result: ResultId,
    /// The version that was seen.
    pub version: u64,
    pub files: Vec<File>,
    pub boxes: Vec<FieldBox>,
}

impl Act for SubmitDraft {
    const NAME: &'static str = "submit_draft";
    type Done = Answer;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Answer, ActError> {
        if let Some(before) = before(tx, self.idempotency.as_ref(), &at.actor).await? {
            return Ok(before);
        }
        let result = new(tx, at, self.id, self.code, &self.made).await?;
        answer(tx, self.idempotency.as_ref(), &at.actor, &result).await
    }
}

impl Act for SubmitElsewhere {
    const NAME: &'static str = "submit_elsewhere";
    type Done = Answer;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Answer, ActError> {
        if let Some(before) = before(tx, self.idempotency.as_ref(), &at.actor).await? {
            return Ok(before);
        }
        let result = new(tx, at, self.id, self.code, &self.made).await?;
        let job = NewJob {
            kind: "intake".to_owned(),
            key: Some(format!("intake {}", result.id)),
            payload: json!({ "result": result.id }),
            run_at: at.now,
        };
        jobs::enqueue(tx, &job).await?;
        answer(tx, self.idempotency.as_ref(), &at.actor, &result).await
    }
}

impl Act for Resubmit {
    const NAME: &'static str = "resubmit";
    type Done = Answer;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Answer, ActError> {
        if let Some(before) = before(tx, self.idempotency.as_ref(), &at.actor).await? {
            return Ok(before);
        }
        let who = Who::of(tx, at).await?;
        let was = known(tx, self.result).await?;
        let procedure = procedure(tx, &self.made).await?;
        let position = match self.made.submission.signing_position {
            Some(position) => positions::get(tx, position).await?,
            None => None,
        };
        let transition = was.resubmit(
            incoming(&self.made),
            &procedure,
            position.as_ref(),
            &who.acting(),
            at.now,
        );
        let (result, effects) = said(tx, &was, transition)?;
        keep(tx, &was, &result, &effects, Why::default()).await?;
        answer(tx, self.idempotency.as_ref(), &at.actor, &result).await
    }
}

impl Act for PlaceBoxes {
    const NAME: &'static str = "place_boxes";
    type Done = ProcedureResult;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<ProcedureResult, ActError> {
        let who = Who::of(tx, at).await?;
        let was = known(tx, self.result).await?;
        if was.version != self.version {
            return said(tx, &was, Err(Refusal::ChangedSince { what: "version" }));
        }
        let (files, boxes) = (self.files.clone(), self.boxes.clone());
        let transition = was.place_boxes(files, boxes, &who.acting(), at.now);
        let (result, effects) = said(tx, &was, transition)?;
        keep(tx, &was, &result, &effects, Why::default()).await?;
        Ok(result)
    }
}

async fn new(
    tx: &mut Tx<'_>,
    at: &Context,
    id: ResultId,
    code: CheckCode,
    made: &Made,
) -> Result<ProcedureResult, ActError> {
    let who = Who::of(tx, at).await?;
    let procedure = procedure(tx, made).await?;
    let position = match made.submission.signing_position {
        Some(position) => positions::get(tx, position).await?,
        None => None,
    };
    // A place of return that nobody knows is a typing error, found now and not at the counter.
    if store::agencies::get(tx, made.submission.receiving_place).await?.is_none() {
        return Err(Refusal::Unknown { what: "receiving_place" }.into());
    }
    let (result, effects) = ProcedureResult::submit(
        id,
        code,
        incoming(made),
        &procedure,
        position.as_ref(),
        &who.acting(),
        at.now,
    )?;
    keep_new(tx, &result, &effects).await?;
    Ok(result)
}

fn incoming(made: &Made) -> Incoming {
    Incoming {
        submission: made.submission.clone(),
        files: made.files.clone(),
        boxes: made.boxes.clone(),
    }
}

/// The procedure, if it is still the one by which the files were prepared.
async fn procedure(tx: &mut Tx<'_>, made: &Made) -> Result<issuance::Procedure, ActError> {
    let (id, version) = made.procedure;
    let procedure = procedures::get(tx, id).await?.ok_or(Refusal::ProcedureNotInUse)?;
    match procedure.version == version {
        true => Ok(procedure),
        false => Err(Refusal::ChangedSince { what: "procedure" }.into()),
    }
}

/// Whose idempotency keys these are.
pub fn owner(actor: &Actor) -> Option<String> {
    match (&actor.via, actor.person) {
        (Via::Client(client), _) => Some(format!("client {client}")),
        (_, Some(person)) => Some(format!("person {person}")),
        _ => None,
    }
}

async fn before(
    tx: &mut Tx<'_>,
    idempotency: Option<&Idempotency>,
    actor: &Actor,
) -> Result<Option<Answer>, ActError> {
    let (Some(wanted), Some(owner)) = (idempotency, owner(actor)) else { return Ok(None) };
    let found = idempotency::find(tx, &owner, &wanted.key, &wanted.fingerprint).await?;
    let read = |text: String| {
        serde_json::from_str(&text).map_err(|error| StoreError::Unreadable {
            what: "idempotency".into(),
            why: error.to_string(),
        })
    };
    Ok(found.map(read).transpose()?)
}

async fn answer(
    tx: &mut Tx<'_>,
    idempotency: Option<&Idempotency>,
    actor: &Actor,
    result: &ProcedureResult,
) -> Result<Answer, ActError> {
    let answer = Answer::of(result);
    if let (Some(wanted), Some(owner)) = (idempotency, owner(actor)) {
        let text = serde_json::to_string(&answer).map_err(|error| StoreError::Unreadable {
            what: "answer".into(),
            why: error.to_string(),
        })?;
        idempotency::keep(tx, &owner, &wanted.key, &wanted.fingerprint, &text).await?;
    }
    Ok(answer)
}
