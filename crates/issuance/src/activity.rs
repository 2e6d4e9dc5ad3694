//! The table of acts: name, who, where, states before and after, one person or two.
//!
//! The table is data: transitions obey it, the diagram draws it, the role × act table of the
//! documents and the tests over HTTP run through it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Refusal, Role, State};

/// Who may do an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A person through a position with this role.
    Role(Role),
    /// An API client within its scope.
    Client,
    /// A worker of the service.
    Worker,
    /// The command line of the machine (first administrator, demo).
    SetUp,
}

/// To which agency the position has to belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Where {
    /// The agency of the object: for results the one that decides.
    Agency,
    /// That agency, or the receiving place.
    AgencyOrPlace,
    /// The receiving place.
    Place,
    /// The position named in the object, or a dated deputy of it.
    Named,
    /// That agency, or one above it.
    Below,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct ActRule {
    pub name: ActName,
    /// The stable word in audit, API and pages.
    pub word: &'static str,
    pub by: &'static [By],
    pub place: Where,
    /// States of a result before; empty where no result is changed, or there was none.
    pub from: &'static [State],
    /// States of a result after; empty where it is not changed.
    pub to: &'static [State],
    /// Two different people have to agree.
    pub two_people: bool,
    pub text_vi: &'static str,
    pub text_en: &'static str,
}

macro_rules! acts {
    ($($name:ident $word:literal [$($by:expr),*] $place:ident
        [$($from:ident)*] => [$($to:ident)*] $people:literal $vi:literal $en:literal;)*) => {
        /// The name of an act.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        pub enum ActName { $($name),* }

        /// All acts, in the order of a result's life, then the counter, then administration.
        pub const ACTS: &[ActRule] = &[$(ActRule {
            name: ActName::$name,
            word: $word,
            by: &[$($by),*],
            place: Where::$place,
            from: &[$(State::$from),*],
            to: &[$(State::$to),*],
            two_people: $people == 2,
            text_vi: $vi,
            text_en: $en,
        }),*];

        impl ActName {
            /// The row of the table.
            pub const fn rule(self) -> &'static ActRule {
                // The enum and the table come from the same list, in the same order.
                &ACTS[self as usize]
            }
        }
    };
}

const OFFICER: By = By::Role(Role::CaseOfficer);
const OFFICIAL: By = By::Role(Role::Official);
const CLERK: By = By::Role(Role::RegistryClerk);
const COUNTER: By = By::Role(Role::CounterClerk);
const LEAD: By = By::Role(Role::ShiftLead);
const ADMIN: By = By::Role(Role::Administrator);
const AUDITOR: By = By::Role(Role::Auditor);

acts! {
    SubmitDraft "submit_draft" [OFFICER, By::Client] Agency [] => [Submitted] 1
        "gửi dự thảo" "submit a draft";
    SubmitElsewhere "submit_elsewhere" [OFFICER, CLERK, By::Client] AgencyOrPlace
        [] => [Submitted] 1
        "gửi kết quả đã ký ở nơi khác" "submit a result signed elsewhere";
    PlaceBoxes "place_boxes" [OFFICER] Agency [Submitted] => [Submitted] 1
        "đặt lại vị trí chữ ký" "move the boxes of the layout";
    Resubmit "resubmit" [OFFICER, By::Client] Agency [Returned Cancelled] => [Submitted] 1
        "gửi lại bản sửa" "submit a corrected draft";
    Withdraw "withdraw" [OFFICER, By::Client] AgencyOrPlace
        [Submitted Returned AwaitingEvidence] => [Withdrawn] 1
        "rút hồ sơ" "withdraw";
    JudgeIntake "judge_intake" [By::Worker] Agency
        [Submitted AwaitingEvidence] => [Accepted Refused AwaitingEvidence] 1
        "kiểm tra kết quả đã ký ở nơi khác" "judge a result signed elsewhere";
    Return "return" [OFFICIAL] Named [Submitted] => [Returned] 1
        "trả lại" "return with a reason";
    Initial "initial" [OFFICER, OFFICIAL] Named [Submitted] => [Submitted] 1
        "ký nháy" "add initials";
    Approve "approve" [OFFICIAL] Named [Submitted] => [Approved] 1
        "duyệt" "approve";
    Sign "sign" [OFFICIAL] Named [Approved] => [Approved Signed] 1
        "ký" "sign";
    Number "number" [CLERK] Agency [Signed] => [Signed Numbered] 1
        "cho số và ngày" "number and date";
    Seal "seal" [CLERK] Agency [Signed Numbered] => [Signed Numbered Sealed] 1
        "đóng dấu" "seal";
    FinishItem "finish_item" [By::Worker] Agency
        [Submitted Approved Signed Numbered] => [Submitted Approved Signed Numbered Sealed] 1
        "ghi nhận chữ ký" "record a signature";
    FailItem "fail_item" [By::Worker] Agency [Submitted Approved Signed Numbered] =>
        [Submitted Approved Signed Numbered] 1
        "ghi nhận ký không thành" "record a failed signature";
    Cancel "cancel" [OFFICIAL, CLERK] Agency [Approved Signed Numbered Sealed] => [Cancelled] 1
        "hủy trước khi ban hành" "cancel before issue";
    Issue "issue" [CLERK] Agency [Signed Numbered Sealed Accepted] => [Issued] 1
        "ban hành" "issue";
    Revoke "revoke" [OFFICIAL, CLERK, LEAD] AgencyOrPlace [Issued Suspended] => [Revoked] 2
        "thu hồi" "revoke";
    Suspend "suspend" [OFFICIAL, CLERK, LEAD] AgencyOrPlace [Issued] => [Suspended] 2
        "tạm ngừng hiệu lực" "suspend";
    Resume "resume" [OFFICIAL, CLERK, LEAD] AgencyOrPlace [Suspended] => [Issued] 2
        "cho hiệu lực trở lại" "resume";
    Supersede "supersede" [OFFICIAL, CLERK, LEAD] AgencyOrPlace [Issued] => [Superseded] 2
        "thay thế" "supersede";

    ReadResult "read_result" [OFFICER, OFFICIAL, CLERK, COUNTER, LEAD, AUDITOR, By::Client]
        AgencyOrPlace [] => [] 1
        "xem hồ sơ" "read a result";
    ReadEvidence "read_evidence" [OFFICIAL, CLERK, LEAD, AUDITOR, By::Client] AgencyOrPlace
        [] => [] 1
        "xem chứng cứ" "read the evidence";
    ReadRegister "read_register" [OFFICIAL, CLERK, AUDITOR] Agency [] => [] 1
        "xem sổ" "read a register";
    ReadAudit "read_audit" [AUDITOR] Below [] => [] 1
        "xem nhật ký" "read the audit trail";

    ReserveCopy "reserve_copy" [COUNTER, LEAD] AgencyOrPlace [] => [] 1
        "lấy số bản in" "reserve a copy";
    PrintCopy "print_copy" [COUNTER, LEAD] AgencyOrPlace [] => [] 1
        "in" "print a copy";
    FollowPrint "follow_print" [By::Worker] AgencyOrPlace [] => [] 1
        "theo dõi máy in" "follow the printer";
    AnswerPrint "answer_print" [COUNTER, LEAD] AgencyOrPlace [] => [] 1
        "đếm giấy" "say what came out of the printer";
    ConfirmCopy "confirm_copy" [COUNTER, LEAD] AgencyOrPlace [] => [] 1
        "quét xác nhận bản in" "confirm a copy by its code";
    HandOver "hand_over" [COUNTER, LEAD] AgencyOrPlace [] => [] 1
        "trả kết quả" "hand over";
    VoidCopy "void_copy" [LEAD] AgencyOrPlace [] => [] 1
        "hủy bản in" "void a copy";
    Reprint "reprint" [LEAD] AgencyOrPlace [] => [] 2
        "cho in lại" "approve a reprint";

    OpenRegister "open_register" [CLERK, By::SetUp] Agency [] => [] 1
        "mở sổ" "open a register";
    EnterNumber "enter_number" [CLERK, By::Worker] Agency [] => [] 1
        "ghi số đã cấp ở nơi khác" "enter a number given elsewhere";
    CloseRegister "close_register" [CLERK] Agency [] => [] 1
        "khóa sổ" "close a register";
    RecoverLog "recover_log" [OFFICIAL, CLERK, LEAD] Below [] => [] 2
        "khôi phục sổ minh bạch" "recover the log";

    CreateAgency "create_agency" [ADMIN, By::SetUp] Below [] => [] 1
        "lập cơ quan" "create an agency";
    CreatePerson "create_person" [ADMIN, By::SetUp] Below [] => [] 1
        "lập tài khoản" "create a person";
    DisablePerson "disable_person" [ADMIN, By::SetUp] Below [] => [] 1
        "khóa tài khoản" "switch a person off or on";
    SetPassword "set_password" [ADMIN, By::SetUp] Below [] => [] 1
        "đặt lại mật khẩu" "set a password";
    GivePosition "give_position" [ADMIN, By::SetUp] Below [] => [] 1
        "giao chức vụ" "give a position";
    EndPosition "end_position" [ADMIN, By::SetUp] Below [] => [] 1
        "kết thúc chức vụ" "end a position";
    PutProcedure "put_procedure" [ADMIN, By::SetUp] Below [] => [] 1
        "đặt thủ tục" "create or change a procedure";
    BindKey "bind_key" [ADMIN, By::SetUp] Below [] => [] 2
        "gắn khóa ký" "bind a key";
    ConfirmKey "confirm_key" [ADMIN, OFFICIAL, CLERK, By::SetUp] Below [] => [] 2
        "xác nhận khóa ký" "confirm a key";
    RetireKey "retire_key" [ADMIN, OFFICIAL, CLERK, By::SetUp] Below [] => [] 1
        "ngừng dùng khóa ký" "retire a key";
    CreateClient "create_client" [ADMIN, By::SetUp] Below [] => [] 1
        "lập hệ thống kết nối" "create an API client";
    RotateClient "rotate_client" [ADMIN, By::SetUp] Below [] => [] 1
        "đổi mã hệ thống kết nối" "rotate the token of an API client";
    DisableClient "disable_client" [ADMIN, By::SetUp] Below [] => [] 1
        "khóa hệ thống kết nối" "switch an API client off or on";
}

impl ActName {
    /// The stable word.
    pub const fn as_str(&self) -> &'static str {
        self.rule().word
    }
}

impl fmt::Display for ActName {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.as_str())
    }
}

impl FromStr for ActName {
    type Err = Refusal;

    fn from_str(word: &str) -> Result<Self, Refusal> {
        let named = ACTS.iter().find(|rule| rule.word == word);
        named.map(|rule| rule.name).ok_or(Refusal::Unknown { what: "act" })
    }
}

impl Serialize for ActName {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ActName {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = std::borrow::Cow::<'de, str>::deserialize(from)?;
        word.parse().map_err(|_| serde::de::Error::custom("no such act"))
    }
}
