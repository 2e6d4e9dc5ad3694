//! `GET /api/v1/public/{code}`: what anybody learns of a result from its check code (first tier).
//!
//! Valid is said only with the newest leaf proved in the published log. Unknown codes and those of
//! results that never were issued are answered alike, and every answer takes as long.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use issuance::{
    ActKind, ActState, CheckCode, FileHash, Holder, Kind, ProcedureResult, State as Life,
};
use jiff::Timestamp;
use jiff::civil::Date;
use office::log::{Folder, Inclusion};
use serde::Serialize;
use store::queries::public::{self, Public};
use store::{agencies, people, positions};
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::app::App;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::rate;

/// Every answer takes this long, unless the machine is slower.
const TIME: Duration = Duration::from_millis(80);

/// What the code says.
#[derive(Serialize, ToSchema)]
pub(crate) struct Check {
    #[schema(value_type = String, example = "valid")]
    verdict: Verdict,
    /// HỢP LỆ | ĐÃ THAY THẾ | TẠM NGỪNG HIỆU LỰC | ĐÃ THU HỒI | KHÔNG TÌM THẤY – NGHI GIẢ | CHƯA KẾT LUẬN
    verdict_vi: &'static str,
    verdict_en: &'static str,
    text_vi: &'static str,
    text_en: &'static str,
    /// UTC; the answer is as of then.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    document: Option<DocumentView>,
    /// Its entry in the transparency log, where it is proved.
    log: Option<LogView>,
}

/// What the first tier shows of a result.
#[derive(Serialize, ToSchema)]
pub(crate) struct DocumentView {
    /// Name of the agency that decided.
    issuer: String,
    /// What it is called.
    title: String,
    number: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    date: Option<Date>,
    /// Who signed, with the title.
    signers: Vec<String>,
    /// Names of the holders, masked.
    holders: Vec<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    issued: Option<Timestamp>,
    revision: u32,
    /// SHA-256 of the file: stands in the log.
    #[schema(value_type = Option<String>)]
    sha256: Option<FileHash>,
    /// "draft": signed here; "signed_elsewhere": signed in another system, registered here.
    door: &'static str,
}

/// A proved entry of the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogView {
    leaf: u64,
    /// The proof (C2SP tlog-proof) as text.
    proof: String,
}

/// The six answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Valid,
    Superseded,
    Suspended,
    Revoked,
    NotFound,
    Inconclusive,
}

impl Verdict {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Verdict::Valid => ("HỢP LỆ", "VALID"),
            Verdict::Superseded => ("ĐÃ THAY THẾ", "SUPERSEDED"),
            Verdict::Suspended => ("TẠM NGỪNG HIỆU LỰC", "SUSPENDED"),
            Verdict::Revoked => ("ĐÃ THU HỒI", "REVOKED"),
            Verdict::NotFound => ("KHÔNG TÌM THẤY – NGHI GIẢ", "NOT FOUND – SUSPECTED FORGERY"),
            Verdict::Inconclusive => ("CHƯA KẾT LUẬN", "INCONCLUSIVE"),
        }
    }

    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Verdict::Valid => (
                "Bản điện tử của kết quả này do cơ quan nêu dưới đây ban hành và đang có hiệu lực. Tờ giấy bạn cầm: hãy so với các ô dưới đây.",
                "The electronic result was issued by the agency named below and is in force. Compare the paper in your hand with the fields below.",
            ),
            Verdict::Superseded => (
                "Kết quả này đã được thay thế bằng một bản mới.",
                "This result has been superseded by a newer one.",
            ),
            Verdict::Suspended => {
                ("Hiệu lực của kết quả này đang tạm ngừng.", "This result is suspended at present.")
            }
            Verdict::Revoked => ("Kết quả này đã bị thu hồi.", "This result has been revoked."),
            Verdict::NotFound => {
                ("Không có kết quả nào đã ban hành mang mã này.", "No issued result has this code.")
            }
            Verdict::Inconclusive => (
                "Kết quả đang được ghi vào nhật ký minh bạch. Hãy kiểm tra lại sau ít phút.",
                "The result is being entered in the transparency log. Check again in some minutes.",
            ),
        }
    }
}

/// What the check code of a result says. A wrong check character is answered with `code_mistyped`;
/// unknown codes are answered alike, in like time.
#[utoipa::path(
    get, path = "/api/v1/public/{code}", tag = "public", operation_id = "check_code",
    params(("code" = String, Path, description = "26 characters and a check character; case, spaces and hyphens do not matter.", max_length = 100)),
    responses((status = 200, description = "The verdict.", body = Check)),
    security(())
)]
pub(crate) async fn check(
    State(app): State<App>,
    peer: Peer,
    Path(code): Path<String>,
) -> Result<Json<Check>, Problem> {
    app.rates().check.count(&rate::network(peer.address)).map_err(Problem::too_many)?;
    let until = Instant::now() + TIME;
    let code: CheckCode = code.parse()?;
    let answer = answer(&app, &code).await;
    tokio::time::sleep_until(until).await;
    answer.map(Json)
}

async fn answer(app: &App, code: &CheckCode) -> Result<Check, Problem> {
    let mut tx = app.store().read().await?;
    let found = public::by_code_hash(&mut tx, &code.sha256()).await?;
    drop(tx);
    let Some(found) = found.filter(|found| found.result.issued.is_some()) else {
        return Ok(said(app, Verdict::NotFound, None, None));
    };
    let log = proved(app, &found).await?;
    let verdict = match found.result.state {
        Life::Revoked => Verdict::Revoked,
        Life::Suspended => Verdict::Suspended,
        Life::Superseded => Verdict::Superseded,
        // Only with the entry of the newest change proved, and with nobody who knows of newer ones: a
        // database alone cannot make it valid, an older one neither.
        Life::Issued if log.is_some() && app.log().is_open() => Verdict::Valid,
        _ => Verdict::Inconclusive,
    };
    let document = document(app, &found.result).await?;
    Ok(said(app, verdict, Some(document), log))
}

fn said(
    app: &App,
    verdict: Verdict,
    document: Option<DocumentView>,
    log: Option<LogView>,
) -> Check {
    let ((verdict_vi, verdict_en), (text_vi, text_en)) = (verdict.words(), verdict.texts());
    let at = app.store().now();
    Check { verdict, verdict_vi, verdict_en, text_vi, text_en, at, document, log }
}

/// The newest leaf under the published checkpoint, proved from the published files.
async fn proved(app: &App, found: &Public) -> Result<Option<LogView>, Problem> {
    let (Some(key), Some(leaf)) = (app.log_key(), found.leaves.last().cloned()) else {
        return Ok(None);
    };
    let folder = Folder::at(&app.config().log_folder);
    let proof = tokio::task::spawn_blocking(move || {
        let included = office::log::inclusion(&folder, &key, &leaf);
        (leaf.index, included)
    });
    match proof.await {
        Ok((Some(leaf), Ok(Inclusion::Proved(proof)))) => {
            let proof = String::from_utf8_lossy(&proof.to_bytes()).into_owned();
            Ok(Some(LogView { leaf, proof }))
        }
        Ok((_, Ok(_))) => Ok(None),
        Ok((_, Err(error))) => {
            // The log contradicts the database: never valid, and somebody has to look.
            tracing::error!(%error, "inclusion not proved");
            Ok(None)
        }
        Err(_) => Err(Problem::internal()),
    }
}

async fn document(app: &App, result: &ProcedureResult) -> Result<DocumentView, Problem> {
    let mut tx = app.store().read().await?;
    let agency = agencies::get(&mut tx, result.agency()).await?;
    let mut signers = vec![];
    for act in result.acts.iter().filter(|act| act.kind == ActKind::Sign && act.file == 0) {
        let ActState::Done { person, position, .. } = &act.state else { continue };
        let person = people::get(&mut tx, *person).await?;
        let position = positions::get(&mut tx, *position).await?;
        let name = person.map(|person| person.name).unwrap_or_default();
        let title = position.map(|position| position.title).unwrap_or_default();
        signers.push(format!("{title} {name}").trim().to_owned());
    }
    let (mut number, mut date, mut door) = (None, None, "draft");
    if let Some(taken) = &result.number {
        (number, date) = (Some(taken.text.clone()), Some(taken.date));
    }
    if let Kind::SignedElsewhere(elsewhere) = &result.submission.kind {
        (number, date) = (Some(elsewhere.number.clone()), Some(elsewhere.date));
        signers.push(elsewhere.signer.clone());
        door = "signed_elsewhere";
    }
    Ok(DocumentView {
        issuer: agency.map(|agency| agency.name).unwrap_or_default(),
        title: result.submission.title.clone(),
        number,
        date,
        signers,
        holders: result.submission.holders.iter().map(Holder::name).map(masked).collect(),
        issued: result.issued,
        revision: result.revision,
        sha256: result.main().ok().map(|file| file.current),
        door,
    })
}

/// "NGUYỄN VĂN A" as "N***** V** A".
fn masked(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first: String = letters.next().into_iter().collect();
        first + &"*".repeat(letters.count())
    };
    name.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_masked() {
        assert_eq!(masked("NGUYỄN VĂN  A"), "N***** V** A");
        assert_eq!(masked(""), "");
    }
}
