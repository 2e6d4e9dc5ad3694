//! The life of results from outside: a case system, people and the public, on both engines; what is
//! claimed is looked up in the database, the files, the log and what the webhook brought.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::flow::{self, Receiver};
use super::house::{Engine, House};
use super::http::Caller;
use super::town::{self, Town};
use crate::show;

#[test]
fn from_submission_to_issue_and_after() {
    for engine in Engine::wanted() {
        if let Err(error) = story(engine) {
            panic!("{}: {error:?}", engine.name());
        }
    }
}

fn story(engine: Engine) -> Result<()> {
    let house = House::open("story", engine)?;
    let receiver = Receiver::start(&house.dir, 0)?;
    let town = Town::build(&house, "anlanh", Some(&receiver.url))?;
    let receiver =
        receiver.with_key(&house.dir, town.webhook_key.as_deref().context("no webhook key")?)?;
    let mut rows = vec![show::row(["what", "seen from outside"])];
    let mut done = |what: &str, seen: String| rows.push(show::row([what, &seen]));

    let first = one_result(&house, &town)?;
    done("one result by the first door", format!("number {}, leaf proved, VALID", first.number));
    let elsewhere = second_door(&house, &town)?;
    done("signed elsewhere by pyHanko", format!("bytes kept ({}…), VALID", &elsewhere[..12]));
    let twenty = twenty(&house, &town)?;
    done("twenty by one activation", format!("19 signed, 1 refused alone: {twenty}"));
    let void = void_number(&house, &town)?;
    done("a cancelled number", format!("{void} is void, the next result has another"));
    revoked(&house, &town, &first)?;
    done("revoked by two people", "REVOKED; one alone refused".to_owned());
    done("database", database(&house)?);
    done("log, from its files alone", log_verified(&house)?);
    done("webhook", webhook(&receiver, &first.id)?);
    let cursor = cursor(&house, &town)?;
    done("events since a cursor", cursor);
    judged(&house)?;
    done("every signed file", "accepted by the six judges".to_owned());
    show::table(&format!("the service on {}", engine.name()), &rows);
    Ok(())
}

struct First {
    id: String,
    code: String,
    number: String,
}

fn one_result(house: &House, town: &Town) -> Result<First> {
    let document = town::document()?;
    let id = flow::submit(
        house,
        town,
        &town.submission("Giấy chứng nhận đăng ký hộ kinh doanh"),
        &document.pdf,
    )?;
    // Again, as after a lost answer: the same result.
    let again = flow::submit(
        house,
        town,
        &town.submission("Giấy chứng nhận đăng ký hộ kinh doanh"),
        &document.pdf,
    )?;
    assert_eq!(id, again, "a duplicate submission made a second result");
    let code = flow::result(&town.client, &id)?["code"].as_str().context("code")?.to_owned();
    let nobody = Caller::nobody(house.public).get(&format!("/api/v1/public/{code}"))?.json();
    assert_eq!(nobody["verdict"], "not_found", "{nobody}");

    flow::approve(town, &id)?;
    let ids = [id.clone()];
    flow::sign(house, town, &ids)?;
    flow::number_and_seal(house, town, &ids)?;
    let issued = flow::issue(town, &id)?;
    let number = issued["number"].as_str().context("number")?.to_owned();
    let said = flow::wait_for_verdict(house, &code, "valid")?;
    assert_eq!(said["document"]["number"], number.as_str(), "{said}");
    assert!(
        said["log"]["proof"].as_str().is_some_and(|p| p.contains("c2sp.org/tlog-proof")),
        "{said}"
    );

    let file = signed_file(house, town, &id)?;
    let evidence = house.path("evidence.json");
    let words = ["evidence", &id, "--out", &evidence.display().to_string()];
    flow::sample_client(house, town, &words)?;
    let evidence: Value = serde_json::from_slice(&std::fs::read(evidence)?)?;
    assert_eq!(evidence["items"].as_array().map(Vec::len), Some(3), "one for each signature");
    assert!(evidence["leaves"][0]["proof"].is_string(), "{evidence}");
    let bytes = std::fs::read(&file)?;
    assert_eq!(said["document"]["sha256"], issuance::FileHash::of(&bytes).to_string().as_str());
    let verified = house.command()?.arg("verify").arg(&file).arg("--json").output()?;
    let report: Value = serde_json::from_slice(&verified.stdout)?;
    assert_eq!(report["conclusion"], "TOTAL_PASSED", "{report}");
    let levels: Vec<&Value> =
        report["signatures"].as_array().into_iter().flatten().map(|s| &s["level"]).collect();
    assert!(levels.iter().all(|level| **level == "PAdES-BASELINE-T"), "{levels:?}");
    Ok(First { id, code, number })
}

/// The signed file, kept for the judges.
fn signed_file(house: &House, town: &Town, id: &str) -> Result<PathBuf> {
    let folder = house.path("signed");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{id}.pdf"));
    flow::sample_client(house, town, &["file", id, "--out", &file.display().to_string()])?;
    Ok(file)
}

/// Another department signs with its own tool; nothing of its file changes here.
fn second_door(house: &House, town: &Town) -> Result<String> {
    let bytes = by_pyhanko(house)?;
    let id =
        flow::submit(house, town, &town.elsewhere("77/GCN-STP", "Giấy chứng nhận của Sở"), &bytes)?;
    let accepted = flow::wait_for(&town.client, &id, "accepted")?;
    flow::issue(town, &id)?;
    let code = accepted["code"].as_str().context("code")?;
    let said = flow::wait_for_verdict(house, code, "valid")?;
    assert_eq!(said["document"]["door"], "signed_elsewhere", "{said}");
    assert_eq!(said["document"]["number"], "77/GCN-STP", "{said}");
    let kept = std::fs::read(signed_file(house, town, &id)?)?;
    assert!(kept == bytes, "the file of the other department was changed");
    let sha256 = issuance::FileHash::of(&bytes).to_string();
    assert_eq!(said["document"]["sha256"], sha256.as_str());
    // The same with one byte changed is refused by name.
    let mut forged = bytes.clone();
    let at = forged.len() / 3;
    forged[at] ^= 1;
    let id = flow::submit(house, town, &town.elsewhere("78/GCN-STP", "Bản bị sửa"), &forged);
    if let Ok(id) = id {
        flow::wait_for(&town.client, &id, "refused")?;
    }
    Ok(sha256)
}

fn by_pyhanko(house: &House) -> Result<Vec<u8>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let (from, to, list) =
        (house.path("other-draft.pdf"), house.path("other-signed.pdf"), house.path("pyhanko.tsv"));
    std::fs::write(&from, town::document()?.pdf)?;
    std::fs::write(&list, format!("{}\t{}\n", from.display(), to.display()))?;
    let _turn = e2e::turn();
    let done = Command::new(root.join("var/venv/bin/python"))
        .arg(root.join("tests/judges/py/sign.py"))
        .arg("--module")
        .arg(lab::softhsm_module()?)
        .args(["--token", "official2", "--cert-label", "official2", "--key-label", "official2"])
        .arg("--pin-file")
        .arg(house.lab.pin_file("official2"))
        .arg("--chain")
        .arg(&house.lab.certificate("issuing")?.pem_path)
        .arg("--list")
        .arg(&list)
        .envs(lab::env(house.lab.dir()))
        .output()
        .context("make setup: pyHanko")?;
    anyhow::ensure!(
        to.is_file(),
        "pyHanko: {}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(std::fs::read(to)?)
}

/// Twenty shown, one changed before the PIN is typed.
fn twenty(house: &House, town: &Town) -> Result<String> {
    let pdf = town::document()?.pdf;
    let mut ids = vec![];
    for n in 1..=20 {
        let id =
            flow::submit(house, town, &town.submission(&format!("Giấy chứng nhận thứ {n}")), &pdf)?;
        flow::approve(town, &id)?;
        ids.push(id);
    }
    let official = town.person("chutich");
    let shown = flow::items(official, &ids)?;
    // Meanwhile: cancelled, corrected, sent again and approved again.
    let changed = &ids[6];
    let clerk = town.person("vanthu");
    clerk
        .post(&format!("/api/v1/results/{changed}/cancel"), &json!({"reason": "Sai tên chủ hộ"}))?
        .good()?;
    let (case, draft) = (house.path("case2.json"), house.path("draft2.pdf"));
    std::fs::write(&case, town.submission("Giấy chứng nhận thứ 7, sửa").to_string())?;
    std::fs::write(&draft, &pdf)?;
    let (case, draft) = (case.display().to_string(), draft.display().to_string());
    flow::sample_client(house, town, &["resubmit", changed, &draft, "--data", &case])?;
    flow::approve(town, changed)?;

    let begun =
        flow::activate(official, &town.official_key, &shown, &house.pin("official")?)?.good()?;
    let outcomes = begun["items"].as_array().context("items")?;
    let refused: Vec<&Value> = outcomes.iter().filter(|o| o["accepted"] == false).collect();
    assert_eq!(refused.len(), 1, "{begun}");
    assert_eq!(refused[0]["result"], changed.as_str(), "{begun}");
    for id in ids.iter().filter(|id| *id != changed) {
        flow::wait_for(official, id, "signed")?;
    }
    assert_eq!(flow::result(official, changed)?["state"], "approved");
    // It waits for an activation of its own; the rest goes on.
    flow::sign(house, town, std::slice::from_ref(changed))?;
    flow::number_and_seal(house, town, &ids)?;
    let mut numbers = vec![];
    for id in &ids {
        let issued = flow::issue(town, id)?;
        numbers.push(issued["number"].as_str().context("number")?.to_owned());
        signed_file(house, town, id)?;
    }
    let distinct: std::collections::BTreeSet<&String> = numbers.iter().collect();
    assert_eq!(distinct.len(), 20, "{numbers:?}");
    Ok(refused[0]["refusal"]["code"].as_str().unwrap_or_default().to_owned())
}

/// Numbered, then cancelled: the number is void for ever, and the register says why.
fn void_number(house: &House, town: &Town) -> Result<String> {
    let pdf = town::document()?.pdf;
    let make = |title: &str| -> Result<String> {
        let id = flow::submit(house, town, &town.submission(title), &pdf)?;
        flow::approve(town, &id)?;
        let ids = [id.clone()];
        flow::sign(house, town, &ids)?;
        flow::number_and_seal(house, town, &ids)?;
        Ok(id)
    };
    let clerk = town.person("vanthu");
    let cancelled = make("Giấy sẽ bị hủy")?;
    let number = flow::result(clerk, &cancelled)?["number"].as_str().context("number")?.to_owned();
    clerk
        .post(&format!("/api/v1/results/{cancelled}/cancel"), &json!({"reason": "Đóng dấu nhầm"}))?
        .good()?;
    let next = make("Giấy tiếp theo")?;
    let other = flow::result(clerk, &next)?["number"].as_str().context("number")?.to_owned();
    assert_ne!(number, other);
    flow::issue(town, &next)?;
    let register = clerk.get(&format!("/api/v1/registers/{}", town.register))?.good()?;
    let entry = register["entries"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|e| e["number"]["text"] == number.as_str());
    assert_eq!(entry.context("no entry")?["number"]["state"], "void", "{register}");
    assert_eq!(register["unexplained"], json!([]), "{register}");
    let refused = clerk.post(
        &format!("/api/v1/results/{cancelled}/issue"),
        &json!({"seen": flow::seen(&flow::result(clerk, &cancelled)?)}),
    )?;
    assert_eq!((refused.status, refused.code().as_str()), (409, "wrong_state"));
    Ok(number)
}

fn revoked(house: &House, town: &Town, first: &First) -> Result<()> {
    let (clerk, lead) = (town.person("vanthu"), town.person("truongca"));
    let wanted = json!({"result": first.id, "act": "revoke", "reason": "Hồ sơ giả mạo"});
    let proposal = clerk.post("/api/v1/proposals", &wanted)?.good()?;
    let confirm = format!("/api/v1/proposals/{}/confirm", proposal["id"].as_str().context("id")?);
    let alone = clerk.post(&confirm, &json!({}))?;
    assert_eq!((alone.status, alone.code().as_str()), (403, "same_person"));
    assert_eq!(flow::result(clerk, &first.id)?["state"], "issued");
    lead.post(&confirm, &json!({}))?.good()?;
    flow::wait_for_verdict(house, &first.code, "revoked")?;
    Ok(())
}

/// Nothing half done, nothing twice.
fn database(house: &House) -> Result<String> {
    let results = house.count("SELECT count(*) FROM results")?;
    let numbers = house.count("SELECT count(*) FROM numbers")?;
    let twice = house.count(
        "SELECT count(*) FROM (SELECT register, seq FROM numbers GROUP BY register, seq HAVING count(*) > 1) AS twice",
    )?;
    assert_eq!(twice, 0);
    let unlinked = house.count("SELECT count(*) FROM audit WHERE chain_index IS NULL")?;
    assert!(unlinked <= 5, "{unlinked} audit rows are not in the chain");
    let audit = house.count("SELECT count(*) FROM audit")?;
    Ok(format!("{results} results, {numbers} numbers, none twice, {audit} audit rows in the chain"))
}

fn log_verified(house: &House) -> Result<String> {
    let said = house.log_verified()?;
    let leaves = house.count("SELECT count(*) FROM leaves")?;
    assert_eq!(said["size"], leaves, "{said}");
    Ok(format!("{leaves} leaves"))
}

fn webhook(receiver: &Receiver, first: &str) -> Result<String> {
    let wanted = ["result.submitted", "result.approved", "result.issued", "result.revoked"];
    flow::until("the webhook brought all", || {
        let events = receiver.events()?;
        let of_first: Vec<&str> = events
            .iter()
            .filter(|e| e["object"] == first)
            .filter_map(|e| e["kind"].as_str())
            .collect();
        let missing: Vec<&&str> = wanted.iter().filter(|kind| !of_first.contains(kind)).collect();
        Ok(match missing.is_empty() {
            true => Ok(format!("{} events, every HMAC right", events.len())),
            false => Err(format!("{missing:?} of {of_first:?}")),
        })
    })
}

fn cursor(house: &House, town: &Town) -> Result<String> {
    let state = house.path("cursor").display().to_string();
    let all = flow::sample_client(house, town, &["events", "--state", &state])?;
    let positions: Vec<u64> = all.iter().filter_map(|e| e["position"].as_u64()).collect();
    assert!(positions.is_sorted_by(|a, b| a < b), "{positions:?}");
    let again = flow::sample_client(house, town, &["events", "--state", &state])?;
    assert_eq!(again.len(), 0, "{again:?}");
    Ok(format!("{} events, in order, none again", all.len()))
}

/// Every file that was downloaded, by the outside judges.
fn judged(house: &House) -> Result<()> {
    let mut list = String::new();
    for entry in std::fs::read_dir(house.path("signed"))? {
        let path = entry?.path();
        let (levels, pdfa) =
            if std::fs::read(&path)? == std::fs::read(house.path("other-signed.pdf"))? {
                ("B", "-")
            } else {
                ("T,T,T", "2b")
            };
        list.push_str(&format!("{}\t{levels}\t{pdfa}\n", path.display()));
    }
    std::fs::write(house.path("judges.tsv"), list)?;
    let lab = &house.lab;
    let certificate = |name: &str| lab.certificate(name).map(|c| c.pem_path.clone());
    let done = Command::new("tests/judges/run")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .arg("--trust")
        .arg(certificate("root")?)
        .arg("--cert")
        .arg(certificate("issuing")?)
        .arg("--crl")
        .arg(lab.crl_dir().join("root.crl"))
        .arg("--crl")
        .arg(lab.crl_dir().join("issuing.crl"))
        .arg("--list")
        .arg(house.path("judges.tsv"))
        .arg("--out")
        .arg(house.path("judges"))
        .output()?;
    let said = [done.stdout, done.stderr].concat();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&said));
    Ok(())
}
