//! Bad input through the API: each with its status, its stable word, a sentence in Vietnamese and one
//! in English, and nothing lost.

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lab::responder::{Faults, Transport};
use serde_json::json;

use super::flow;
use super::house::{Engine, House};
use super::http::{Answer, Caller};
use super::town::{self, Town};
use crate::show;

#[test]
fn each_with_a_clear_word_and_nothing_lost() {
    for engine in Engine::wanted() {
        if let Err(error) = all(engine) {
            panic!("{}: {error:?}", engine.name());
        }
    }
}

struct Table {
    rows: Vec<Vec<String>>,
    wrong: Vec<String>,
}

impl Table {
    /// `codes`: any of these words is right.
    fn want(&mut self, what: &str, answer: &Answer, status: u16, codes: &[&str]) {
        let said = answer.json();
        let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
        let (vi, en) = (text("detail_vi"), text("detail_en"));
        let spoken = !vi.is_empty() && !en.is_empty() && vi != en;
        let code = answer.code();
        if answer.status != status || !codes.contains(&code.as_str()) || !spoken {
            self.wrong.push(format!("{what}: {} {said}", answer.status));
        }
        self.rows.push(vec![what.to_owned(), answer.status.to_string(), code, vi]);
    }
}

fn all(engine: Engine) -> Result<()> {
    let house = House::open("bad", engine)?;
    let town = Town::build(&house, "anlanh", None)?;
    let heading = show::row(["what", "status", "code", "what people read"]);
    let mut table = Table { rows: vec![heading], wrong: vec![] };
    drafts(&house, &town, &mut table)?;
    requests(&house, &town, &mut table)?;
    sessions(&house, &town, &mut table)?;
    activations(&house, &town, &mut table)?;
    let gone = parts_gone(&house, &town, &mut table);
    let before = table.rows.len();
    show::table(&format!("bad input through the API, {}", engine.name()), &table.rows);
    gone?;
    assert!(
        table.wrong.is_empty(),
        "{} of {before}:\n{}",
        table.wrong.len(),
        table.wrong.join("\n")
    );
    Ok(())
}

fn submit(caller: &Caller, town: &Town, pdf: &[u8]) -> Result<Answer> {
    let body = json!({"submission": town.submission("Bản thử"), "pdf": STANDARD.encode(pdf)});
    caller.post("/api/v1/results", &body)
}

fn drafts(house: &House, town: &Town, table: &mut Table) -> Result<()> {
    let good = town::document()?.pdf;
    let results = house.count("SELECT count(*) FROM results")?;
    let with = |catalog: &str| appended(&good, catalog);
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("an empty file", vec![], &["not_a_pdf", "bad_field"]),
        ("a text file", b"hello".to_vec(), &["not_a_pdf"]),
        ("half a PDF", good[..good.len() / 2].to_vec(), &["needs_repair", "not_a_pdf"]),
        ("encrypted", encrypted(house, &good)?, &["encrypted"]),
        (
            "JavaScript",
            with("/OpenAction<</S/JavaScript/JS(1)>>")?,
            &["javascript", "draft_refused"],
        ),
        ("an action on opening", with("/OpenAction<</S/URI/URI(https://x/)>>")?, &["open_action"]),
        ("launch", with("/OpenAction<</S/Launch/F(x)>>")?, &["launch_action", "draft_refused"]),
        ("a form field", with("/AcroForm<</Fields[<</FT/Tx/T(a)>>]>>")?, &["form_field"]),
        ("layers", with("/OCProperties<</OCGs[]/D<<>>>>")?, &["optional_content"]),
        ("an embedded file", with("/Names<</EmbeddedFiles<</Names[]>>>>")?, &["embedded_file"]),
        ("signed already", signed(house, &good)?, &["already_signed"]),
    ];
    for (what, pdf, codes) in cases {
        table.want(&format!("draft: {what}"), &submit(&town.client, town, &pdf)?, 422, codes);
    }
    ensure!(house.count("SELECT count(*) FROM results")? == results, "a refused draft left a row");
    let refusals = house.count("SELECT count(*) FROM audit WHERE outcome = 'refused'")?;
    ensure!(refusals >= 11, "refusals are rows of the audit: {refusals}");
    Ok(())
}

/// The document with another catalog in an update of the old kind.
fn appended(base: &[u8], catalog: &str) -> Result<Vec<u8>> {
    let text = String::from_utf8_lossy(base);
    let after = |key: &str| -> Result<String> {
        let at = text.rfind(key).ok_or_else(|| anyhow::anyhow!("no {key}"))? + key.len();
        Ok(text[at..]
            .chars()
            .skip_while(|c| c.is_whitespace())
            .take_while(char::is_ascii_digit)
            .collect())
    };
    let (root, size, startxref) = (after("/Root")?, after("/Size")?, after("startxref")?);
    let pages: String = {
        let number =
            |at: &usize| text[at + 6..].trim_start().starts_with(|c: char| c.is_ascii_digit());
        let at = text.match_indices("/Pages").map(|(at, _)| at).find(number);
        text[at.ok_or_else(|| anyhow::anyhow!("no /Pages"))? + 6..]
            .chars()
            .skip_while(|c| c.is_whitespace())
            .take_while(char::is_ascii_digit)
            .collect()
    };
    let mut out = base.to_vec();
    let at = out.len();
    let object = format!("{root} 0 obj\n<</Type/Catalog/Pages {pages} 0 R{catalog}>>\nendobj\n");
    out.extend_from_slice(object.as_bytes());
    let xref = out.len();
    let section = format!(
        "xref\n{root} 1\n{at:010} 00000 n \ntrailer\n<</Size {size}/Root {root} 0 R/Prev {startxref}>>\nstartxref\n{xref}\n%%EOF\n"
    );
    out.extend_from_slice(section.as_bytes());
    Ok(out)
}

fn encrypted(house: &House, pdf: &[u8]) -> Result<Vec<u8>> {
    let (from, to) = (house.path("plain.pdf"), house.path("encrypted.pdf"));
    std::fs::write(&from, pdf)?;
    let mut qpdf = std::process::Command::new("qpdf");
    let done = qpdf.args(["--encrypt", "", "x", "256", "--"]).args([&from, &to]).status()?;
    ensure!(done.success(), "Debian package qpdf");
    Ok(std::fs::read(to)?)
}

fn signed(house: &House, pdf: &[u8]) -> Result<Vec<u8>> {
    let desk = e2e::Desk::within(&house.dir)?;
    let (from, to) = (desk.write("a.pdf", pdf)?, desk.path("b.pdf"));
    desk.signed(&from, &to, "official", &[])?;
    Ok(std::fs::read(to)?)
}

fn requests(house: &House, town: &Town, table: &mut Table) -> Result<()> {
    let raw =
        |body: &str| town.client.ask("POST", "/api/v1/results", Some(body.as_bytes().to_vec()));
    table.want("no JSON", &raw("{")?, 400, &["request_unreadable"]);
    table.want("an unknown key", &raw(r#"{"surprise": 1}"#)?, 422, &["field"]);
    let body = json!({"submission": town.submission("x"), "pdf": "***"});
    table.want("no base64", &town.client.post("/api/v1/results", &body)?, 422, &["bad_field"]);
    let mut no_title = town.submission("");
    no_title["title"] = json!("");
    let body = json!({"submission": no_title, "pdf": STANDARD.encode(town::document()?.pdf)});
    table.want("no title", &town.client.post("/api/v1/results", &body)?, 422, &["bad_field"]);
    let missing = format!("/api/v1/results/{}", town::uuid());
    table.want("no such result", &town.client.get(&missing)?, 404, &["unknown"]);
    let typed = Caller::nobody(house.public).get("/api/v1/public/3QF8Z2M4T6V9X0B1C5D7EGHJKN5")?;
    table.want("a mistyped code", &typed, 422, &["code_mistyped"]);
    let plain =
        town.client.with("Content-Type", "text/plain").post("/api/v1/results", &json!({}))?;
    table.want("no JSON by its type", &plain, 415, &["media_type"]);
    Ok(())
}

fn sessions(house: &House, town: &Town, table: &mut Table) -> Result<()> {
    let nobody = Caller::nobody(house.staff);
    let login = json!({"login": "anlanh.chutich", "password": "không-phải-mật-khẩu"});
    table.want(
        "a wrong password",
        &nobody.post("/api/v1/login", &login)?,
        401,
        &["wrong_password"],
    );
    let login = json!({"login": "khong-co-ai", "password": "không-phải-mật-khẩu"});
    table.want("an unknown name", &nobody.post("/api/v1/login", &login)?, 401, &["wrong_password"]);
    table.want("nobody", &nobody.get("/api/v1/me")?, 401, &["not_logged_in"]);
    let mut old = town.person("vanthu").clone();
    old.cookie = old.cookie.map(|_| "antin=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned());
    table.want("an old session", &old.get("/api/v1/me")?, 401, &["not_logged_in"]);
    let mut forged = town.person("vanthu").clone();
    forged.csrf = Some("forged".to_owned());
    let body = json!({"result": town::uuid(), "act": "revoke", "reason": "x"});
    table.want("a forged CSRF token", &forged.post("/api/v1/proposals", &body)?, 403, &["csrf"]);
    forged.csrf = None;
    table.want("no CSRF token", &forged.post("/api/v1/proposals", &body)?, 403, &["csrf"]);
    let token = Caller::client(house.staff, "AAAA");
    table.want("a wrong token", &token.get("/api/v1/results")?, 401, &["token_unknown"]);
    table.want("a client where people act", &town.client.get("/api/v1/me")?, 403, &["people_only"]);
    Ok(())
}

fn activations(house: &House, town: &Town, table: &mut Table) -> Result<()> {
    let pdf = town::document()?.pdf;
    let id = flow::submit(house, town, &town.submission("Bản để ký"), &pdf)?;
    flow::approve(town, &id)?;
    let official = town.person("chutich");
    let items = flow::items(official, std::slice::from_ref(&id))?;
    let wrong = flow::activate(official, &town.official_key, &items, "00000000")?;
    ensure!(!String::from_utf8_lossy(&wrong.body).contains("00000000"), "the PIN came back");
    table.want("a wrong PIN", &wrong, wrong.status.clamp(400, 499), &["pin_incorrect"]);
    let state = flow::result(official, &id)?;
    ensure!(state["state"] == "approved" && state["in_hand_until"].is_null(), "{state}");
    let key = flow::activate(official, &town.seal_key, &items, "0")?;
    let refusal = key.json()["items"][0]["refusal"]["code"].clone();
    ensure!(refusal == "key_not_yours", "{}", key.json());
    table.rows.push(show::row([
        "another's key",
        &key.status.to_string(),
        "key_not_yours",
        "từng mục",
    ]));

    flow::sign(house, town, std::slice::from_ref(&id))?;
    let again = flow::activate(official, &town.official_key, &items, &house.pin("official")?)?;
    let refusal =
        again.json()["items"][0]["refusal"]["code"].as_str().unwrap_or_default().to_owned();
    ensure!(
        ["changed_since", "wrong_state", "out_of_order"].contains(&refusal.as_str()),
        "{}",
        again.json()
    );
    let signatures =
        house.count(&format!("SELECT count(*) FROM evidence WHERE result = '{id}'"))?;
    ensure!(signatures == 1, "a replayed activation signed again: {signatures}");
    table.rows.push(show::row([
        "a replayed activation",
        &again.status.to_string(),
        &refusal,
        "từng mục",
    ]));

    // Two requests at once for one result: one signs, the other is told.
    let id = flow::submit(house, town, &town.submission("Hai người cùng ký"), &pdf)?;
    flow::approve(town, &id)?;
    let items = flow::items(official, std::slice::from_ref(&id))?;
    let pin = house.pin("official")?;
    let both: Vec<Result<Answer>> = std::thread::scope(|scope| {
        let one = || flow::activate(official, &town.official_key, &items, &pin);
        let threads = [scope.spawn(one), scope.spawn(one)];
        threads.map(|thread| thread.join().expect("a thread")).into()
    });
    let both: Vec<Answer> = both.into_iter().collect::<Result<_>>()?;
    let accepted = both.iter().filter(|a| a.json()["items"][0]["accepted"] == true).count();
    ensure!(accepted <= 1, "both were accepted");
    flow::wait_for(official, &id, "signed")?;
    let signatures =
        house.count(&format!("SELECT count(*) FROM evidence WHERE result = '{id}'"))?;
    ensure!(signatures == 1, "signed twice: {signatures}");
    table.rows.push(show::row([
        "two at once on one result",
        "202",
        "in_hand",
        "một người ký, một người được báo",
    ]));
    Ok(())
}

fn parts_gone(house: &House, town: &Town, table: &mut Table) -> Result<()> {
    let pdf = town::document()?.pdf;
    let official = town.person("chutich");
    let approved = |title: &str| -> Result<String> {
        let id = flow::submit(house, town, &town.submission(title), &pdf)?;
        flow::approve(town, &id)?;
        Ok(id)
    };
    // The timestamp authority is away: the result stays approved and says why; later it is signed.
    let id = approved("TSA không trả lời")?;
    let away = Transport::ServerError;
    house.servers.set_faults(Faults {
        tsa_transport: away,
        ocsp_transport: away,
        crl_transport: away,
        ..Faults::default()
    });
    let items = flow::items(official, std::slice::from_ref(&id))?;
    let pin = house.pin("official")?;
    flow::activate(official, &town.official_key, &items, &pin)?;
    std::thread::sleep(std::time::Duration::from_secs(3));
    let waiting = flow::result(official, &id)?;
    ensure!(waiting["state"] == "approved", "signed without its timestamp: {waiting}");
    house.servers.set_faults(Faults::default());
    flow::wait_for(official, &id, "signed")?;
    table.rows.push(show::row(["TSA, OCSP, CRL gone", "202", "", "chưa ký; ký tiếp khi có lại"]));

    // The signer is away: said at once, and nothing stays in hand.
    let id = approved("Bộ ký không chạy")?;
    house.kill("signer")?;
    let items = flow::items(official, std::slice::from_ref(&id))?;
    let answer = flow::activate(official, &town.official_key, &items, &pin)?;
    table.want("signer gone", &answer, 503, &["signer_away"]);
    house.start("signer")?;
    flow::until("out of hand", || {
        let result = flow::result(official, &id)?;
        Ok(if result["in_hand_until"].is_null() { Ok(()) } else { Err(result.to_string()) })
    })?;
    flow::sign(house, town, std::slice::from_ref(&id))?;

    // The folder of objects is gone: 503, no row; back again: it works.
    let (folder, away) = (house.path("objects"), house.path("objects-away"));
    let results = house.count("SELECT count(*) FROM results")?;
    std::fs::rename(&folder, &away)?;
    std::fs::write(&folder, b"")?;
    let answer = submit(&town.client, town, &pdf)?;
    std::fs::remove_file(&folder)?;
    std::fs::rename(&away, &folder)?;
    table.want("disk gone", &answer, 503, &["objects_unavailable"]);
    ensure!(house.count("SELECT count(*) FROM results")? == results, "a row without its file");
    let id = flow::submit(house, town, &town.submission("Sau sự cố"), &pdf)?;
    flow::approve(town, &id)?;
    Ok(())
}
