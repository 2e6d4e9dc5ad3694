//! `/log/…`: the published files of the transparency log (C2SP tlog-tiles), as they lie in their folder.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use office::log::Folder;

use crate::app::App;
use crate::problem::Problem;

/// A file of the log: `checkpoint`, `tile/0/000`, `tile/entries/000.p/5` …
#[utoipa::path(
    get, path = "/log/{path}", tag = "public", operation_id = "log_file",
    params(("path" = String, Path, description = "As C2SP tlog-tiles names it.", example = "checkpoint")),
    responses((status = 200, description = "The file.", content_type = "application/octet-stream", body = Vec<u8>)),
    security(())
)]
pub(crate) async fn get(
    State(app): State<App>,
    Path(path): Path<String>,
) -> Result<Response, Problem> {
    let none = || Problem::of_status(StatusCode::NOT_FOUND);
    if !is_published(&path) {
        return Err(none());
    }
    let folder = Folder::at(&app.config().log_folder);
    let file = path.clone();
    let read = tokio::task::spawn_blocking(move || folder.read(&file)).await;
    let bytes = match read {
        Ok(Ok(Some(bytes))) => bytes,
        Ok(Ok(None)) => return Err(none()),
        Ok(Err(error)) => {
            tracing::error!(%error, "log file");
            return Err(Problem::internal());
        }
        Err(_) => return Err(Problem::internal()),
    };
    let (kind, cache) = match path.as_str() {
        "checkpoint" => ("text/plain; charset=utf-8", "no-cache"),
        // Tiles keep their bytes for good.
        _ => ("application/octet-stream", "public, max-age=31536000, immutable"),
    };
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, cache)], bytes).into_response())
}

/// Only names that a log has: the folder's lock and half-written files are not for the world.
fn is_published(path: &str) -> bool {
    if path == "checkpoint" {
        return true;
    }
    let Some(rest) = path.strip_prefix("tile/") else { return false };
    let part = |part: &str| {
        part == "entries"
            || part
                .strip_suffix(".p")
                .unwrap_or(part)
                .strip_prefix('x')
                .map_or_else(|| digits(part.strip_suffix(".p").unwrap_or(part)), digits)
    };
    rest.len() <= 100 && rest.split('/').all(part)
}

fn digits(text: &str) -> bool {
    (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_log() {
        for path in ["checkpoint", "tile/0/000", "tile/entries/x001/234.p/17", "tile/1/x000/001"] {
            assert!(is_published(path), "{path}");
        }
        for path in
            ["", ".lock", "../antin.db", "tile/../.lock", "tile/0/.new-1", "tile//", "tile/0/0000"]
        {
            assert!(!is_published(path), "{path}");
        }
    }
}
