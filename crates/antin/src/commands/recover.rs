//! `antin log recover`: what the published log has and the database has not, and closing the gap by
//! two people.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use issuance::PersonId;
use office::log::{
    ConfirmRecovery, Folder, Gap, ProposeRecovery, Standing, counts, gap, publish_gap, standing,
};
use serde_json::json;
use store::{Actor, Store, leases, people, sequence};
use tlog::VerifierKey;
use zeroize::Zeroizing;

use super::log::{log_key, signer_head, stop as log_stop};
use crate::cli::LogRecover;
use crate::config::Config;
use crate::stop::Stop;
use crate::{output, service};

/// Longer than closing any gap takes; the sequencer waits for it.
const LEASE_SECONDS: i64 = 300;

/// What was found, or done about it.
enum Recovered {
    Nothing(Standing),
    Listed(Gap),
    Proposed(Gap),
    Closed(Gap, Standing),
}

pub(crate) fn run(args: &LogRecover, config: Result<Config, Stop>) -> ExitCode {
    let done = config.and_then(|config| service::runtime()?.block_on(recover(args, &config)));
    match done {
        Ok(recovered) => report(args, &recovered),
        Err(stop) => output::stopped(&stop, args.json, &[]),
    }
}

async fn recover(args: &LogRecover, config: &Config) -> Result<Recovered, Stop> {
    let (key, log) = (log_key(config).await?, Folder::at(&config.service.log));
    let store = service::store(config).await?;
    let found = gap(&store, &log, &key).await.map_err(log_stop)?;
    let Some(found) = found.filter(|found| !found.is_closed()) else {
        let head = signer_head(config).await?;
        let now = standing(&store, &log, &key, head.as_ref()).await.map_err(log_stop)?;
        return Ok(Recovered::Nothing(now));
    };
    if !args.propose && !args.confirm {
        return Ok(Recovered::Listed(found));
    }
    let person = log_in(args, &store).await?;
    let actor = Actor { person: Some(person), ..Actor::command_line() };
    if args.propose {
        let act = ProposeRecovery { gap: found.clone() };
        store.perform(act, actor).await.map_err(Stop::from)?;
        return Ok(Recovered::Proposed(found));
    }
    let now = close(&store, &log, &key, config, &found, actor).await?;
    Ok(Recovered::Closed(found, now))
}

async fn close(
    store: &Store,
    log: &Folder,
    key: &VerifierKey,
    config: &Config,
    found: &Gap,
    actor: Actor,
) -> Result<Standing, Stop> {
    // Nobody publishes or places meanwhile.
    let right = log.publishing().map_err(log_stop)?;
    let holder = format!("log-recover-{}", std::process::id());
    let lease = leases::take(store, sequence::LEASE, &holder, LEASE_SECONDS).await;
    let lease = lease?.ok_or_else(|| {
        Stop::failed(
            "log_busy",
            "Một tiến trình khác đang ghi nhật ký: hãy dừng `antin work` rồi thử lại.",
            "Another process writes the log: stop `antin work` and try again.",
        )
    })?;
    // Published first: the list is true whether or not the second person may close the gap.
    publish_gap(log, &right, found).map_err(log_stop)?;
    let act = ConfirmRecovery { gap: found.clone(), lease: lease.clone() };
    let closed = store.perform(act, actor).await.map_err(Stop::from);
    leases::give_back(store, &lease).await?;
    closed?;
    let head = signer_head(config).await?;
    standing(store, log, key, head.as_ref()).await.map_err(log_stop)
}

async fn log_in(args: &LogRecover, store: &Store) -> Result<PersonId, Stop> {
    let login = args.login.as_deref().unwrap_or_default().to_lowercase();
    let password = password(args.password_file.as_deref())?;
    let mut tx = store.read().await?;
    let known = people::by_login(&mut tx, &login).await?;
    match known {
        Some((person, Some(stored))) if server::verify_password(&stored, &password) => {
            Ok(person.id)
        }
        _ => Err(Stop::refused(
            "wrong_password",
            "Sai tên đăng nhập hoặc mật khẩu.",
            "Wrong login or password.",
        )),
    }
}

fn password(file: Option<&Path>) -> Result<Zeroizing<String>, Stop> {
    let Some(path) = file else {
        let asked = rpassword::prompt_password("Mật khẩu · password: ").map(Zeroizing::new);
        return asked.map_err(|error| {
            Stop::failed(
                "terminal",
                format!("Không hỏi được mật khẩu trên màn hình: {error}."),
                format!("The password cannot be asked for on the terminal: {error}."),
            )
        });
    };
    let text = fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|error| crate::stop::io("file_missing", path, &error))?;
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn report(args: &LogRecover, recovered: &Recovered) -> ExitCode {
    let (code, gap, now) = match recovered {
        Recovered::Nothing(now) => (now.code(), None, Some(now)),
        Recovered::Listed(gap) => ("gap_found", Some(gap), None),
        Recovered::Proposed(gap) => ("gap_proposed", Some(gap), None),
        Recovered::Closed(gap, now) => (now.code(), Some(gap), Some(now)),
    };
    let open = now.is_some_and(Standing::is_open);
    if args.json {
        let leaves = gap.map(|gap| {
            let leaf = |lost: &office::log::LostLeaf| {
                json!({
                    "index": lost.index, "type": lost.leaf.kind.as_str(),
                    "id": lost.leaf.id.map(|id| id.to_string()), "time_us": lost.leaf.time_us,
                    "row": lost.row.is_some(),
                })
            };
            gap.leaves.iter().map(leaf).collect::<Vec<_>>()
        });
        output::object(&json!({
            "outcome": if open { "ok" } else { "refused" }, "code": code,
            "text_vi": now.map(|now| now.texts().0), "text_en": now.map(|now| now.texts().1),
            "list": gap.map(Gap::path), "digest": gap.map(|gap| gap.digest().to_string()),
            "displaced": gap.map(|gap| gap.displaced), "leaves": leaves,
        }));
        return if open { ExitCode::SUCCESS } else { ExitCode::from(1) };
    }
    if let Some(gap) = gap {
        output::line(&gap.to_string());
        output::line(&format!("SHA-256: {}", gap.digest()));
        for (kind, count) in counts(gap) {
            output::line(&format!("  không còn dòng · without a row: {kind} {count}"));
        }
        output::line(&format!("  sẽ xếp lại · to be placed anew: {}", gap.displaced));
    }
    match recovered {
        Recovered::Listed(_) => output::note(
            "Người thứ nhất: antin log recover --propose --as TÊN; người thứ hai xem lại cùng danh sách rồi: antin log recover --confirm --as TÊN\nFirst person: antin log recover --propose --as LOGIN; a second one looks at the same list, then: antin log recover --confirm --as LOGIN  [gap_found]",
        ),
        Recovered::Proposed(_) => output::note(
            "Đã đề nghị. Người thứ hai: antin log recover --confirm --as TÊN\nProposed. A second person: antin log recover --confirm --as LOGIN  [gap_proposed]",
        ),
        Recovered::Nothing(now) | Recovered::Closed(_, now) => {
            let (vi, en) = now.texts();
            output::line(&format!("{vi}\n{en}  [{}]", now.code()));
        }
    }
    if open { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
