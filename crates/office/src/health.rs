//! How the service is: each part, and for each that is red what to do about it.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use store::Store;

/// One part.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Part {
    /// A stable word.
    pub name: &'static str,
    pub state: PartState,
    /// What is the case.
    pub text_vi: String,
    pub text_en: String,
    /// What to do; empty where nothing has to be done.
    pub todo_vi: String,
    pub todo_en: String,
}

/// How a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// Works.
    Ok,
    /// Works, and somebody should look.
    Warning,
    /// Does not work.
    Down,
}

impl Part {
    fn ok(name: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Part {
        Part::new(name, PartState::Ok, (vi.into(), en.into()), ("", ""))
    }

    fn new(
        name: &'static str,
        state: PartState,
        (text_vi, text_en): (String, String),
        (todo_vi, todo_en): (&str, &str),
    ) -> Part {
        let (todo_vi, todo_en) = (todo_vi.to_owned(), todo_en.to_owned());
        Part { name, state, text_vi, text_en, todo_vi, todo_en }
    }
}

/// No part may keep the page waiting longer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The database answers.
pub async fn database(store: &Store) -> Part {
    let asked = async {
        let mut tx = store.read().await?;
        store::events::last_position(&mut tx).await
    };
    let why = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(_)) => {
            let engine = store.db().engine();
            return Part::ok("database", format!("{engine} trả lời"), format!("{engine} answers"));
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "timeout".to_owned(),
    };
    Part::new(
        "database",
        PartState::Down,
        (
            format!("Cơ sở dữ liệu không trả lời: {why}"),
            format!("The database does not answer: {why}"),
        ),
        (
            "Kiểm tra máy chủ cơ sở dữ liệu và đường mạng; nếu báo sai phiên bản, chạy `antin migrate`.",
            "Look at the database server and the network; if the schema is another one, run `antin migrate`.",
        ),
    )
}

/// The signer answers, with keys.
pub async fn signer(signer: &signer::client::Client) -> Part {
    let todo = (
        "Khởi động lại `antin signer`, kiểm tra thiết bị ký đã cắm và đường dẫn socket trong cấu hình.",
        "Start `antin signer` again, see that the token is plugged in and that the socket's path is right.",
    );
    let keys = match tokio::time::timeout(PATIENCE, signer.keys()).await {
        Ok(Ok(keys)) => keys.keys,
        Ok(Err(error)) => {
            let texts = (
                format!("Tiến trình ký không trả lời: {error}"),
                format!("The signer does not answer: {error}"),
            );
            return Part::new("signer", PartState::Down, texts, todo);
        }
        Err(_) => {
            let texts = (
                "Tiến trình ký không trả lời kịp".to_owned(),
                "The signer does not answer in time".to_owned(),
            );
            return Part::new("signer", PartState::Down, texts, todo);
        }
    };
    let count = keys.len();
    let unready: Vec<&str> =
        keys.iter().filter(|key| key.ready.is_err()).map(|key| key.name.as_str()).collect();
    if unready.is_empty() {
        return Part::ok(
            "signer",
            format!("{count} khóa sẵn sàng"),
            format!("{count} keys are ready"),
        );
    }
    let names = unready.join(", ");
    let texts =
        (format!("Khóa chưa dùng được: {names}"), format!("Keys that cannot be used: {names}"));
    let todo = (
        "Xem lý do bằng `antin token show`; chứng thư có thể đã hết hạn hoặc thiết bị chưa cắm.",
        "See why by `antin token show`; a certificate may have expired or a token is not plugged in.",
    );
    Part::new("signer", PartState::Warning, texts, todo)
}

/// The files of results can be written and read.
pub async fn objects(objects: &store::Objects) -> Part {
    let why = match tokio::time::timeout(PATIENCE, objects.self_test()).await {
        Ok(Ok(())) => {
            return Part::ok("objects", "kho tệp đọc và ghi được", "files can be written and read");
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "timeout".to_owned(),
    };
    Part::new(
        "objects",
        PartState::Down,
        (format!("Kho tệp không dùng được: {why}"), format!("Files cannot be kept: {why}")),
        (
            "Kiểm tra ổ đĩa và quyền của thư mục dữ liệu.",
            "Look at the disk and the rights of the data folder.",
        ),
    )
}

/// Database, published log and signer agree, and leaves do not wait. `standing`: `None` while they
/// could not be compared.
pub async fn log(store: &Store, standing: Option<&crate::log::Standing>) -> Part {
    let Some(standing) = standing else {
        return Part::new(
            "log",
            PartState::Warning,
            (
                "Chưa so được nhật ký minh bạch với cơ sở dữ liệu".to_owned(),
                "Log and database could not be compared yet".to_owned(),
            ),
            (
                "Kiểm tra `antin signer` và `antin work` đang chạy.",
                "See that `antin signer` and `antin work` are running.",
            ),
        );
    };
    if !standing.is_open() {
        let todo = ("Hai người chạy `antin log recover`.", "Two people run `antin log recover`.");
        return Part::new("log", PartState::Down, standing.texts(), todo);
    }
    match waiting_leaf(store).await {
        Ok(seconds) if seconds > 60 => Part::new(
            "log",
            PartState::Warning,
            (
                format!("Có mục chờ vào nhật ký đã {seconds} giây"),
                format!("A leaf has waited {seconds} seconds for its place"),
            ),
            ("Kiểm tra `antin work` đang chạy.", "See that `antin work` is running."),
        ),
        Ok(_) => Part::ok("log", standing.texts().0, standing.texts().1),
        Err(error) => Part::new(
            "log",
            PartState::Warning,
            (
                format!("Không đọc được nhật ký: {error}"),
                format!("The log cannot be read: {error}"),
            ),
            ("Xem phần cơ sở dữ liệu.", "See the database."),
        ),
    }
}

/// How long the published checkpoint lags behind the placed leaves.
async fn waiting_leaf(store: &Store) -> Result<i64, store::StoreError> {
    let mut tx = store.read().await?;
    let placed = store::leaves::placed(&mut tx).await?;
    let published = store::checkpoints::last_published(&mut tx).await?;
    let (size, at) = published.map_or((0, None), |row| (row.size, Some(row.at)));
    match at {
        Some(at) if placed > size => Ok(store.now().as_second() - at.as_second()),
        _ => Ok(0),
    }
}

/// Jobs are done, and none waits for a person.
pub async fn queue(store: &Store) -> Part {
    let counted = async {
        let mut tx = store.read().await?;
        store::jobs::counts(&mut tx).await
    };
    let counts = match tokio::time::timeout(PATIENCE, counted).await {
        Ok(Ok(counts)) => counts,
        _ => vec![],
    };
    // (state, kind) in either order: words of states and kinds are different.
    let of = |word: &str| -> u64 {
        counts.iter().filter(|(a, b, _)| a == word || b == word).map(|(_, _, count)| count).sum()
    };
    let (waiting, operator) = (of("waiting"), of("operator"));
    let texts = (
        format!("{waiting} việc đang chờ, {operator} việc cần người xem"),
        format!("{waiting} jobs waiting, {operator} need a person"),
    );
    match (waiting, operator) {
        (_, 1..) => Part::new(
            "queue",
            PartState::Warning,
            texts,
            (
                "Xem lý do của các việc cần người xem rồi cho chạy lại.",
                "Look why those jobs stopped, then let them run again.",
            ),
        ),
        (1000.., _) => Part::new(
            "queue",
            PartState::Warning,
            texts,
            (
                "Kiểm tra `antin work` đang chạy; chạy thêm nếu cần.",
                "See that `antin work` is running; run more of them.",
            ),
        ),
        _ => Part::ok("queue", texts.0, texts.1),
    }
}

/// Room on the disk of a folder.
pub fn disk(folder: &Path) -> Part {
    let todo = (
        "Dọn hoặc mở rộng ổ đĩa của thư mục dữ liệu. Không xóa tệp nào trong đó.",
        "Make room on, or enlarge, the disk of the data folder. Delete nothing inside it.",
    );
    let stat = match rustix::fs::statvfs(folder) {
        Ok(stat) => stat,
        Err(error) => {
            let texts = (
                format!("Không đọc được thư mục dữ liệu: {error}"),
                format!("The data folder cannot be read: {error}"),
            );
            let todo = (
                "Tạo thư mục dữ liệu và cấp quyền cho tiến trình.",
                "Make the data folder and let the process use it.",
            );
            return Part::new("disk", PartState::Down, texts, todo);
        }
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let share = stat.f_bavail.saturating_mul(100).checked_div(stat.f_blocks).unwrap_or(0);
    let gibibytes = free >> 30;
    let texts = (
        format!("Còn trống {gibibytes} GiB ({share} %)"),
        format!("{gibibytes} GiB ({share} %) free"),
    );
    match (free >> 20, share) {
        (..256, _) => Part::new("disk", PartState::Down, texts, todo),
        (..2048, _) | (_, ..5) => Part::new("disk", PartState::Warning, texts, todo),
        _ => Part::ok("disk", texts.0, texts.1),
    }
}
