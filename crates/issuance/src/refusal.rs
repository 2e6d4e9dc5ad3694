//! Why an act is not done: a stable word for programs, a sentence in two languages for people.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{ActKind, ActName, State};

/// The rules say no; nothing was changed. [`Refusal::code`] is stable.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", self.said().text_en)]
#[allow(missing_docs)] // Fields are named after what they hold.
pub enum Refusal {
    // Who
    /// None of the roles of this position may do it.
    NotYourRole { act: ActName },
    /// The object belongs to an agency where this position is none.
    OtherAgency { act: ActName },
    /// Only the holder of the named position, or a deputy, may do it.
    NotSigningPosition,
    /// The person does not hold this position.
    PositionNotHeld,
    /// The position is not in force at this time.
    PositionNotInForce { from: Timestamp, to: Option<Timestamp> },
    /// The account or the API client is switched off.
    Disabled,
    /// The API client may not act for this agency or procedure.
    ClientScope,
    /// A second person has to do it.
    SamePerson,
    /// One of the two people has to belong to the deciding agency.
    NobodyOfTheAgency,
    /// Whoever administers does not sign, number, seal or issue, in no position.
    AdministratorNeverSigns,
    /// Nobody gives a position to themselves.
    OwnPosition,

    // When
    /// The state does not permit it.
    WrongState { act: ActName, state: State },
    /// What the person saw is not what is there now: `what` is `revision`, `file` or `version`.
    ChangedSince { what: &'static str },
    /// An activation holds the result.
    InHand { until: Timestamp },
    /// The activation does not hold this step of the result.
    NotInHand,
    /// Another step comes first.
    OutOfOrder { next: Option<ActKind> },
    /// Steps are still missing.
    NotReady { waiting: Vec<ActKind> },
    /// An activation lasts five minutes at most.
    ActivationTooLong,
    /// The activation is over.
    ActivationOver,
    /// The proposal was confirmed or withdrawn already.
    ProposalClosed,
    /// The result changed after the proposal.
    ProposalStale,

    // What
    /// There is no such thing, or not for this person: both read alike.
    Unknown { what: &'static str },
    /// It is there already.
    Exists { what: &'static str },
    /// The idempotency key came before with another content.
    IdempotencyReused,
    /// A reason has to be given.
    ReasonMissing,
    /// A field of the input cannot be taken.
    Field { name: Cow<'static, str>, why_vi: Cow<'static, str>, why_en: Cow<'static, str> },
    /// The procedure is not in use, or not this agency's.
    ProcedureNotInUse,
    /// The page has no room where the layout wants this box.
    BoxMissing { name: String },
    /// A validation of another file.
    OtherFile,
    /// No TOTAL_PASSED.
    NotPassed,
    /// The successor is not issued, is the same result or is another agency's.
    NotASuccessor,

    // Numbers
    /// There is no register of that series and year.
    NoRegister { series: String, year: i16 },
    /// The register is of another year, or closed.
    RegisterClosed { series: String, year: i16 },
    /// The number was taken, used or made void before.
    NumberGone { number: u32 },

    // Keys
    /// The key is not bound by two people, or no longer.
    KeyNotBound,
    /// The key is somebody else's, or is not the kind that this step needs.
    KeyNotYours,

    // Codes and copies
    /// The check character is wrong: mistyped, not forged.
    CodeMistyped,
    /// The copy is in another state.
    CopyState,
    /// An attempt of this copy is on its way.
    AttemptInFlight,
    /// The attempt may have reached paper: nothing sends it again by itself.
    MayBeOnPaper,

    /// A reason that another room worded: signing, validation, the signer's token.
    Other(Box<Said>),
}

/// A refusal as it is shown, stored and sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Said {
    /// Stable, snake_case.
    pub code: Cow<'static, str>,
    pub kind: RefusalKind,
    pub text_vi: String,
    pub text_en: String,
    pub data: Value,
}

/// What a program can do about it; the web edge maps it to a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// Not this person (403).
    Forbidden,
    /// No such thing (404).
    NotFound,
    /// Read again and decide anew (409).
    Conflict,
    /// The input cannot be taken as it is (422).
    Invalid,
}

impl Refusal {
    /// A field that cannot be taken, with the reason in both languages.
    pub fn field(
        name: impl Into<Cow<'static, str>>,
        why_vi: impl Into<Cow<'static, str>>,
        why_en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Field { name: name.into(), why_vi: why_vi.into(), why_en: why_en.into() }
    }

    /// A refusal that another room worded.
    pub fn other(
        code: impl Into<Cow<'static, str>>,
        kind: RefusalKind,
        text_vi: impl Into<String>,
        text_en: impl Into<String>,
        data: Value,
    ) -> Self {
        let (text_vi, text_en) = (text_vi.into(), text_en.into());
        Self::Other(Box::new(Said { code: code.into(), kind, text_vi, text_en, data }))
    }

    /// The stable word.
    pub fn code(&self) -> Cow<'static, str> {
        self.said().code
    }

    /// What can be done about it.
    pub fn kind(&self) -> RefusalKind {
        self.said().kind
    }

    /// Code, kind, both texts and data in one.
    pub fn said(&self) -> Said {
        use RefusalKind::{Conflict, Forbidden, Invalid, NotFound};
        let (code, kind, vi, en): (&'static str, _, String, String) = match self {
            Refusal::NotYourRole { act } => (
                "not_your_role",
                Forbidden,
                format!("Vai trò của bạn không được làm việc này: {}.", act.rule().text_vi),
                format!("Your role may not do this: {}.", act.rule().text_en),
            ),
            Refusal::OtherAgency { act } => (
                "other_agency",
                Forbidden,
                format!("Hồ sơ thuộc cơ quan khác; không được làm: {}.", act.rule().text_vi),
                format!("This belongs to another agency; not permitted: {}.", act.rule().text_en),
            ),
            Refusal::NotSigningPosition => fixed(
                "not_signing_position",
                Forbidden,
                "Chỉ người giữ chức vụ được nêu trong hồ sơ, hoặc người được giao thay, mới được làm việc này.",
                "Only the holder of the position named in the submission, or a deputy, may do this.",
            ),
            Refusal::PositionNotHeld => fixed(
                "position_not_held",
                Forbidden,
                "Bạn không giữ chức vụ này.",
                "You do not hold this position.",
            ),
            Refusal::PositionNotInForce { from, to } => (
                "position_not_in_force",
                Forbidden,
                format!(
                    "Chức vụ này không có hiệu lực lúc này (từ {}{}).",
                    day(*from),
                    to.map(|t| format!(" đến {}", day(t))).unwrap_or_default()
                ),
                format!(
                    "The position is not in force now (from {}{}).",
                    day(*from),
                    to.map(|t| format!(" to {}", day(t))).unwrap_or_default()
                ),
            ),
            Refusal::Disabled => fixed(
                "disabled",
                Forbidden,
                "Tài khoản đã bị khóa.",
                "The account is switched off.",
            ),
            Refusal::ClientScope => fixed(
                "client_scope",
                Forbidden,
                "Hệ thống này không được phép gửi cho cơ quan hoặc thủ tục đó.",
                "This client may not act for that agency or procedure.",
            ),
            Refusal::SamePerson => fixed(
                "same_person",
                Forbidden,
                "Việc này cần hai người: hãy để người khác xác nhận.",
                "This needs two people: somebody else has to confirm.",
            ),
            Refusal::NobodyOfTheAgency => fixed(
                "nobody_of_the_agency",
                Forbidden,
                "Ít nhất một trong hai người phải thuộc cơ quan ban hành.",
                "One of the two people has to belong to the deciding agency.",
            ),
            Refusal::AdministratorNeverSigns => fixed(
                "administrator_never_signs",
                Forbidden,
                "Quản trị viên không được giữ chức vụ ký, cho số, đóng dấu hoặc ban hành.",
                "An administrator holds no position that signs, numbers, seals or issues.",
            ),
            Refusal::OwnPosition => fixed(
                "own_position",
                Forbidden,
                "Không ai tự giao chức vụ cho mình.",
                "Nobody gives a position to themselves.",
            ),
            Refusal::WrongState { act, state } => (
                "wrong_state",
                Conflict,
                format!(
                    "Hồ sơ đang ở trạng thái “{}”, không thể: {}.",
                    state.text_vi(),
                    act.rule().text_vi
                ),
                format!("The result is {state}; this is not possible: {}.", act.rule().text_en),
            ),
            Refusal::ChangedSince { .. } => fixed(
                "changed_since",
                Conflict,
                "Hồ sơ đã thay đổi sau khi bạn xem. Hãy mở lại và xem trước khi làm tiếp.",
                "The result changed after you saw it. Open it again before going on.",
            ),
            Refusal::InHand { until } => (
                "in_hand",
                Conflict,
                format!("Hồ sơ đang được ký trong một phiên khác (đến {}).", clock(*until)),
                format!("Another activation is signing this result (until {}).", clock(*until)),
            ),
            Refusal::NotInHand => fixed(
                "not_in_hand",
                Conflict,
                "Phiên ký này không còn giữ hồ sơ.",
                "This activation no longer holds the result.",
            ),
            Refusal::OutOfOrder { next } => (
                "out_of_order",
                Conflict,
                match next {
                    Some(next) => format!("Chưa đến bước này; bước kế tiếp là {}.", next.text_vi()),
                    None => "Mọi bước ký đã xong.".to_owned(),
                },
                match next {
                    Some(next) => format!("Another step comes first: {}.", next.as_str()),
                    None => "All steps are done.".to_owned(),
                },
            ),
            Refusal::NotReady { waiting } => (
                "not_ready",
                Conflict,
                format!("Còn thiếu: {}.", list(waiting, ActKind::text_vi)),
                format!("Still missing: {}.", list(waiting, ActKind::as_str)),
            ),
            Refusal::ActivationTooLong => fixed(
                "activation_too_long",
                Invalid,
                "Một phiên ký kéo dài nhiều nhất năm phút.",
                "An activation lasts five minutes at most.",
            ),
            Refusal::ActivationOver => fixed(
                "activation_over",
                Conflict,
                "Phiên ký đã kết thúc. Hãy bắt đầu phiên mới.",
                "The activation is over. Begin a new one.",
            ),
            Refusal::ProposalClosed => fixed(
                "proposal_closed",
                Conflict,
                "Đề nghị này đã được xử lý.",
                "The proposal was decided already.",
            ),
            Refusal::ProposalStale => fixed(
                "proposal_stale",
                Conflict,
                "Hồ sơ đã thay đổi sau đề nghị. Hãy đề nghị lại.",
                "The result changed after the proposal. Propose again.",
            ),
            Refusal::Unknown { .. } => fixed(
                "unknown",
                NotFound,
                "Không tìm thấy, hoặc bạn không được xem.",
                "Not found, or not for you to see.",
            ),
            Refusal::Exists { .. } => fixed("exists", Conflict, "Đã có.", "It exists already."),
            Refusal::IdempotencyReused => fixed(
                "idempotency_reused",
                Conflict,
                "Khóa chống gửi trùng này đã dùng cho một nội dung khác.",
                "This idempotency key was used with another content.",
            ),
            Refusal::ReasonMissing => {
                fixed("reason_missing", Invalid, "Phải ghi lý do.", "A reason has to be given.")
            }
            Refusal::Field { name, why_vi, why_en } => (
                "bad_field",
                Invalid,
                format!("Trường “{name}”: {why_vi}"),
                format!("Field {name}: {why_en}"),
            ),
            Refusal::ProcedureNotInUse => fixed(
                "procedure_not_in_use",
                Invalid,
                "Thủ tục không được dùng ở cơ quan này.",
                "The procedure is not in use at this agency.",
            ),
            Refusal::BoxMissing { name } => (
                "box_missing",
                Invalid,
                format!("Trang không có chỗ cho ô “{name}” của bố cục."),
                format!("The page has no room for the box {name} of the layout."),
            ),
            Refusal::OtherFile => fixed(
                "other_file",
                Conflict,
                "Kết quả kiểm tra là của một tệp khác.",
                "The validation is of another file.",
            ),
            Refusal::NotPassed => fixed(
                "not_passed",
                Invalid,
                "Chữ ký chưa được kết luận là hợp lệ.",
                "The signatures have not passed.",
            ),
            Refusal::NotASuccessor => fixed(
                "not_a_successor",
                Invalid,
                "Kết quả thay thế phải là một kết quả khác, đã ban hành, của cùng cơ quan.",
                "The successor has to be another issued result of the same agency.",
            ),
            Refusal::NoRegister { series, year } => (
                "no_register",
                Conflict,
                format!("Chưa mở sổ “{series}” năm {year}."),
                format!("There is no register {series} of {year}."),
            ),
            Refusal::RegisterClosed { series, year } => (
                "register_closed",
                Conflict,
                format!("Sổ “{series}” năm {year} không nhận số mới lúc này."),
                format!("The register {series} of {year} takes no numbers now."),
            ),
            Refusal::NumberGone { number } => (
                "number_gone",
                Conflict,
                format!("Số {number} đã được lấy, đã dùng hoặc đã hủy."),
                format!("The number {number} was taken, used or made void before."),
            ),
            Refusal::KeyNotBound => fixed(
                "key_not_bound",
                Forbidden,
                "Khóa ký chưa được hai người gắn, hoặc đã ngừng dùng.",
                "The key is not bound by two people, or no longer in use.",
            ),
            Refusal::KeyNotYours => fixed(
                "key_not_yours",
                Forbidden,
                "Khóa ký này không phải của bạn, hoặc không dùng cho bước này.",
                "The key is not yours, or not the kind that this step needs.",
            ),
            Refusal::CodeMistyped => fixed(
                "code_mistyped",
                Invalid,
                "Mã gõ chưa đúng. Hãy so lại từng nhóm bốn ký tự.",
                "The code was mistyped. Compare it again, four characters at a time.",
            ),
            Refusal::CopyState => fixed(
                "copy_state",
                Conflict,
                "Bản in đang ở trạng thái khác.",
                "The copy is in another state.",
            ),
            Refusal::AttemptInFlight => fixed(
                "attempt_in_flight",
                Conflict,
                "Một lần in của bản này đang chạy.",
                "An attempt to print this copy is on its way.",
            ),
            Refusal::MayBeOnPaper => fixed(
                "may_be_on_paper",
                Conflict,
                "Tờ giấy có thể đã in ra: hãy đếm giấy trước khi in lại.",
                "The sheet may be out already: count the paper before printing again.",
            ),
            Refusal::Other(said) => return Said::clone(said),
        };
        let code = Cow::Borrowed(code);
        Said { code, kind, text_vi: vi, text_en: en, data: self.data() }
    }

    fn data(&self) -> Value {
        match self {
            Refusal::NotYourRole { act } | Refusal::OtherAgency { act } => json!({ "act": act }),
            Refusal::PositionNotInForce { from, to } => json!({ "from": from, "to": to }),
            Refusal::WrongState { act, state } => json!({ "act": act, "state": state }),
            Refusal::ChangedSince { what }
            | Refusal::Unknown { what }
            | Refusal::Exists { what } => json!({ "what": what }),
            Refusal::InHand { until } => json!({ "until": until }),
            Refusal::OutOfOrder { next } => json!({ "next": next }),
            Refusal::NotReady { waiting } => json!({ "waiting": waiting }),
            Refusal::Field { name, .. } => json!({ "name": name }),
            Refusal::BoxMissing { name } => json!({ "name": name }),
            Refusal::NoRegister { series, year } | Refusal::RegisterClosed { series, year } => {
                json!({ "series": series, "year": year })
            }
            Refusal::NumberGone { number } => json!({ "number": number }),
            _ => Value::Null,
        }
    }
}

fn fixed(
    code: &'static str,
    kind: RefusalKind,
    vi: &'static str,
    en: &'static str,
) -> (&'static str, RefusalKind, String, String) {
    (code, kind, vi.to_owned(), en.to_owned())
}

fn list(kinds: &[ActKind], word: impl Fn(&ActKind) -> &'static str) -> String {
    kinds.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn day(at: Timestamp) -> String {
    crate::day_in_vietnam(at).strftime("%d/%m/%Y").to_string()
}

fn clock(at: Timestamp) -> String {
    jiff::tz::Offset::constant(7).to_datetime(at).strftime("%H:%M:%S").to_string()
}
