//! `POST /api/v1/verify`: any PDF, the report of `antin verify`.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::app::App;
use crate::input::{self, Asked};
use crate::peer::Peer;
use crate::problem::Problem;
use crate::rate;

/// How the file is called in the report.
#[derive(Deserialize)]
pub(crate) struct Named {
    #[serde(default)]
    file: Option<String>,
}

/// Judges a file by the configured trust and policy; nothing of it is kept. A file that is not a PDF, or
/// that nobody could read within the limits, has a report too.
#[utoipa::path(
    post, path = "/api/v1/verify", tag = "public", operation_id = "verify",
    params(("file" = Option<String>, Query, description = "How the file is called in the report.", max_length = 200)),
    request_body(content_type = "application/pdf", content = Vec<u8>, description = "The file."),
    responses((status = 200, description = "The report, schema antin.report/1.", content_type = "application/json", body = Object)),
    security(())
)]
pub(crate) async fn verify(
    State(app): State<App>,
    peer: Peer,
    Asked(named): Asked<Named>,
    request: Request,
) -> Result<Response, Problem> {
    let name = named.file.unwrap_or_else(|| "tep.pdf".to_owned());
    if name.chars().count() > 200 {
        return Err(Problem::unreadable("file: ≤ 200"));
    }
    app.rates().verify.count(&rate::network(peer.address)).map_err(Problem::too_many)?;
    let document = input::body(request, &app, app.config().limits.document_bytes).await?;
    let verified = app.verifier().verify(&document).await.map_err(|error| {
        tracing::error!(%error, "verify");
        Problem::unavailable(
            "verify_unavailable",
            "Máy chủ chưa kiểm tra được tệp lúc này. Hãy thử lại sau vài giây.",
            "The server cannot check the file at the moment. Try again in a few seconds.",
        )
    })?;
    if verified.facts.pdf.encrypted {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "password_missing",
            "Tệp PDF được mã hóa và cần mật khẩu. Hãy dùng bản không mã hóa.",
            "The PDF is encrypted and a password is wanted. Use a copy without encryption.",
        ));
    }
    let report = verified.report.to_json(&name);
    Ok(([(CONTENT_TYPE, "application/json")], Body::from(report)).into_response())
}
