//! Results as the API shows them.

use issuance::{
    ActState, AgencyId, CheckCode, FileHash, FileRole, Holder, Kind, PositionId, ProcedureId,
    ProcedureResult, ResultId, State,
};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

/// A result.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResultView {
    #[schema(value_type = String, format = Uuid)]
    id: ResultId,
    /// 26 characters and a check character: opens the public page.
    #[schema(value_type = String)]
    code: CheckCode,
    /// The link that stands in the QR.
    link: String,
    /// submitted | returned | withdrawn | approved | signed | numbered | sealed | cancelled | accepted |
    /// refused | awaiting_evidence | issued | suspended | superseded | revoked
    #[schema(value_type = String, example = "submitted")]
    state: State,
    /// A new draft raises it.
    revision: u32,
    /// Every change raises it.
    version: u64,
    #[schema(value_type = String, format = Uuid)]
    agency: AgencyId,
    #[schema(value_type = String, format = Uuid)]
    receiving_place: AgencyId,
    #[schema(value_type = String, format = Uuid)]
    procedure: ProcedureId,
    #[schema(value_type = Option<String>, format = Uuid)]
    signing_position: Option<PositionId>,
    title: String,
    /// "draft" or "signed_elsewhere"
    door: &'static str,
    slips: Vec<String>,
    dossiers: Vec<String>,
    holders: Vec<HolderView>,
    fields: Vec<FieldView>,
    #[schema(value_type = Option<String>, format = DateTime)]
    deadline: Option<Timestamp>,
    files: Vec<FileView>,
    acts: Vec<ActView>,
    number: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    date: Option<Date>,
    void_numbers: Vec<String>,
    /// The end of the activation that holds it now.
    #[schema(value_type = Option<String>, format = DateTime)]
    in_hand_until: Option<Timestamp>,
    reasons: Vec<ReasonView>,
    #[schema(value_type = String, format = DateTime)]
    submitted: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    issued: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = Uuid)]
    superseded_by: Option<ResultId>,
}

/// For whom it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct HolderView {
    name: String,
    /// Of a person: the last four digits of the identity number.
    last_four: Option<String>,
    birth_year: Option<i16>,
    /// Of an organisation.
    code: Option<String>,
}

/// A field to compare with the paper.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldView {
    name: String,
    value: String,
}

/// A file.
#[derive(Serialize, ToSchema)]
pub(crate) struct FileView {
    index: u16,
    /// "main" or "attachment"
    role: &'static str,
    name: Option<String>,
    /// SHA-256 as it came.
    #[schema(value_type = String)]
    submitted: FileHash,
    /// SHA-256 as it is now: to be sent back as `sha256` with a decision on it.
    #[schema(value_type = String)]
    current: FileHash,
    bytes: u64,
}

/// A step of the procedure.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActView {
    file: u16,
    /// initial | sign | number_date | number | day | month | seal
    kind: &'static str,
    done: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = Uuid)]
    position: Option<PositionId>,
    field: Option<String>,
}

/// Why somebody did something.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReasonView {
    act: &'static str,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    revision: u32,
    text: String,
}

/// A line of a list: no personal data.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineView {
    #[schema(value_type = String, format = Uuid)]
    id: ResultId,
    #[schema(value_type = String)]
    state: State,
    revision: u32,
    version: u64,
    #[schema(value_type = String, format = Uuid)]
    agency: AgencyId,
    #[schema(value_type = String, format = Uuid)]
    procedure: ProcedureId,
    title: String,
    dossiers: Vec<String>,
    number: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    deadline: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    updated: Timestamp,
    /// SHA-256 of the main file as it is now.
    #[schema(value_type = Option<String>)]
    sha256: Option<FileHash>,
    #[schema(value_type = Option<String>, format = DateTime)]
    in_hand_until: Option<Timestamp>,
}

/// `https://host/k/CODE`
pub(crate) fn link(public_url: &str, code: &CheckCode) -> String {
    format!("{}/k/{code}", public_url.trim_end_matches('/'))
}

impl ResultView {
    pub(crate) fn of(result: &ProcedureResult, public_url: &str, now: Timestamp) -> ResultView {
        let submission = &result.submission;
        let (mut number, mut date, mut door) = (None, None, "draft");
        if let Some(taken) = &result.number {
            (number, date) = (Some(taken.text.clone()), Some(taken.date));
        }
        if let Kind::SignedElsewhere(elsewhere) = &submission.kind {
            (number, date) = (Some(elsewhere.number.clone()), Some(elsewhere.date));
            door = "signed_elsewhere";
        }
        ResultView {
            id: result.id,
            code: result.code,
            link: link(public_url, &result.code),
            state: result.state,
            revision: result.revision,
            version: result.version,
            agency: submission.agency,
            receiving_place: submission.receiving_place,
            procedure: submission.procedure,
            signing_position: submission.signing_position,
            title: submission.title.clone(),
            door,
            slips: submission.slips.clone(),
            dossiers: submission.dossiers.clone(),
            holders: submission.holders.iter().map(HolderView::of).collect(),
            fields: submission
                .fields
                .iter()
                .map(|field| FieldView { name: field.name.clone(), value: field.value.clone() })
                .collect(),
            deadline: submission.deadline,
            files: (0..)
                .zip(&result.files)
                .map(|(index, file)| FileView::of(index, file))
                .collect(),
            acts: result.acts.iter().map(ActView::of).collect(),
            number,
            date,
            void_numbers: result.void_numbers.iter().map(|number| number.text.clone()).collect(),
            in_hand_until: result.held(now).map(|hand| hand.until),
            reasons: result
                .reasons
                .iter()
                .map(|reason| ReasonView {
                    act: reason.act.rule().word,
                    at: reason.at,
                    revision: reason.revision,
                    text: reason.text.clone(),
                })
                .collect(),
            submitted: result.submitted,
            updated: result.updated,
            issued: result.issued,
            superseded_by: result.superseded_by,
        }
    }
}

impl LineView {
    pub(crate) fn of(result: &ProcedureResult, now: Timestamp) -> LineView {
        LineView {
            id: result.id,
            state: result.state,
            revision: result.revision,
            version: result.version,
            agency: result.agency(),
            procedure: result.procedure(),
            title: result.submission.title.clone(),
            dossiers: result.submission.dossiers.clone(),
            number: result.number.as_ref().map(|number| number.text.clone()),
            deadline: result.submission.deadline,
            updated: result.updated,
            sha256: result.files.first().map(|file| file.current),
            in_hand_until: result.held(now).map(|hand| hand.until),
        }
    }
}

impl HolderView {
    fn of(holder: &Holder) -> HolderView {
        match holder {
            Holder::Person { name, last_four, birth_year } => HolderView {
                name: name.clone(),
                last_four: Some(last_four.clone()),
                birth_year: Some(*birth_year),
                code: None,
            },
            Holder::Organisation { name, code, .. } => HolderView {
                name: name.clone(),
                last_four: None,
                birth_year: None,
                code: Some(code.clone()),
            },
        }
    }
}

impl FileView {
    fn of(index: u16, file: &issuance::File) -> FileView {
        let (role, name) = match &file.role {
            FileRole::Main => ("main", None),
            FileRole::Attachment(name) => ("attachment", Some(name.clone())),
        };
        let (submitted, current, bytes) = (file.submitted, file.current, file.bytes);
        FileView { index, role, name, submitted, current, bytes }
    }
}

impl ActView {
    fn of(act: &issuance::FileAct) -> ActView {
        let (file, kind) = (act.file, act.kind.as_str());
        match &act.state {
            ActState::Waiting => {
                ActView { file, kind, done: false, at: None, position: None, field: None }
            }
            ActState::Done { at, position, field, .. } => ActView {
                file,
                kind,
                done: true,
                at: Some(*at),
                position: Some(*position),
                field: field.clone(),
            },
        }
    }
}
