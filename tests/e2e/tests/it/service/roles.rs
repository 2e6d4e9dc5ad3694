//! Every role × every act, from the table in the code, tried through HTTP: within the agency and from
//! another one. Each request is one that the rules refuse after permission (an old revision, a wrong
//! state, an empty word), so that asking changes nothing.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use issuance::{ACTS, ActRule, By, Role, Where};
use serde_json::{Value, json};

use super::flow;
use super::house::{Engine, House};
use super::http::{Answer, Caller};
use super::town::{self, Town};
use crate::show;

/// What a refusal for want of permission is called.
const NOT_PERMITTED: [&str; 8] = [
    "not_your_role",
    "other_agency",
    "not_signing_position",
    "position_not_held",
    "position_not_in_force",
    "key_not_yours",
    "client_scope",
    "administrator_never_signs",
];

#[test]
fn every_role_and_every_act() {
    // Permission asks the same code on both engines.
    let engine = *Engine::wanted().first().expect("an engine");
    if let Err(error) = table(engine) {
        panic!("{error:?}");
    }
}

fn table(engine: Engine) -> Result<()> {
    let house = House::open("roles", engine)?;
    let (ours, others) =
        (Town::build(&house, "anlanh", None)?, Town::build(&house, "binhan", None)?);
    let objects = Objects::make(&house, &ours)?;
    let (mut rows, mut wrong, mut untried) = (vec![heading()], vec![], vec![]);
    for rule in ACTS {
        let Some(request) = objects.request(rule.word) else {
            untried.push(rule.word);
            continue;
        };
        let mut row = vec![rule.word.to_owned()];
        for (login, role) in logins() {
            let inside = request.ask(ours.person(login), rule.by.contains(&By::Role(role)))?;
            let outside = request.ask(others.person(login), false)?;
            let by = rule.by.contains(&By::Role(role));
            for (where_, answer, wanted) in [("inside", &inside, by), ("outside", &outside, false)]
            {
                if permitted(answer) != wanted {
                    let text =
                        String::from_utf8_lossy(&answer.body).chars().take(160).collect::<String>();
                    wrong.push(format!(
                        "{} by {role} {where_}: wanted {wanted}, {} {text}",
                        rule.word, answer.status
                    ));
                }
            }
            row.push(format!("{}/{}", mark(&inside), mark(&outside)));
        }
        let client = request.ask(&ours.client, rule.by.contains(&By::Client))?;
        let wanted = rule.by.contains(&By::Client);
        if permitted(&client) != wanted {
            wrong.push(format!(
                "{} by a client: wanted {wanted}, {} {}",
                rule.word,
                client.status,
                client.code()
            ));
        }
        row.push(mark(&client).to_owned());
        rows.push(row);
        not_named(rule, &request, &objects, &mut wrong)?;
    }
    show::table("role × act through HTTP (inside/outside the agency; + allowed, - refused)", &rows);
    println!(
        "not over HTTP yet (copies, audit, recovery of the log) or by a worker: {}",
        untried.join(" ")
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Another official of the same agency is refused where a position is named.
fn not_named(
    rule: &ActRule,
    request: &Request,
    objects: &Objects,
    wrong: &mut Vec<String>,
) -> Result<()> {
    if rule.place == Where::Named && rule.by.contains(&By::Role(Role::Official)) {
        let answer = request.ask(&objects.other_official, false)?;
        if permitted(&answer) {
            wrong.push(format!("{} by an official who is not named: {}", rule.word, answer.status));
        }
    }
    Ok(())
}

fn logins() -> [(&'static str, Role); 7] {
    [
        ("canbo", Role::CaseOfficer),
        ("chutich", Role::Official),
        ("vanthu", Role::RegistryClerk),
        ("tra", Role::CounterClerk),
        ("truongca", Role::ShiftLead),
        ("quantri", Role::Administrator),
        ("kiemsoat", Role::Auditor),
    ]
}

fn heading() -> Vec<String> {
    let roles = logins().into_iter().map(|(_, role)| role.to_string());
    std::iter::once("act".to_owned()).chain(roles).chain(["client".to_owned()]).collect()
}

fn mark(answer: &Answer) -> &'static str {
    if permitted(answer) { "+" } else { "-" }
}

/// Not refused for who asks: done, or refused for another reason. Of other agencies' things nobody
/// learns whether they exist.
fn permitted(answer: &Answer) -> bool {
    assert!(answer.status < 500, "{} {}", answer.status, String::from_utf8_lossy(&answer.body));
    let said = answer.json();
    let item = said["items"].as_array().and_then(|items| items.first());
    let of_item = item.and_then(|item| item["refusal"]["code"].as_str()).map(str::to_owned);
    let code = of_item.unwrap_or_else(|| answer.code());
    answer.status != 401
        && answer.status != 404
        && answer.status != 403
        && !NOT_PERMITTED.contains(&code.as_str())
        && code != "unknown"
}

struct Request {
    method: &'static str,
    path: String,
    body: Option<Value>,
    /// What is right but for who asks; else `body` for all.
    right: Option<Value>,
}

impl Request {
    /// `may`: whoever is permitted asks with something old, so that nothing happens; the others with
    /// what is right, so that nothing but permission stands in their way.
    fn ask(&self, caller: &Caller, may: bool) -> Result<Answer> {
        let body = if may { None } else { self.right.as_ref() };
        let body = body.or(self.body.as_ref()).map(|body| body.to_string().into_bytes());
        caller.ask(self.method, &self.path, body)
    }
}

struct Objects {
    agency: String,
    approved: String,
    submitted: String,
    submission: Value,
    elsewhere: Value,
    register: String,
    spare_register: String,
    official_key: String,
    seal_key: String,
    person: String,
    position: String,
    retired_key: String,
    client: String,
    procedure: Value,
    other_official: Caller,
    /// Of the approved result, as it is.
    seen: Value,
    item: Value,
}

impl Objects {
    fn make(house: &House, town: &Town) -> Result<Objects> {
        let pdf = town::document()?.pdf;
        let submitted = flow::submit(house, town, &town.submission("Bản chờ duyệt"), &pdf)?;
        let approved = flow::submit(house, town, &town.submission("Bản đã duyệt"), &pdf)?;
        flow::approve(town, &approved)?;
        let admin = town.person("quantri");
        let id = |made: Value| made["id"].as_str().map(str::to_owned).context("no id");
        let person = id(admin
            .post("/api/v1/admin/people", &json!({"agency": town.agency, "login": "anlanh.pho", "name": "Lê Thị Ngọc Bích", "password": town::PASSWORD}))?
            .good()?)?;
        let position = id(admin
            .post("/api/v1/admin/positions", &json!({"agency": town.agency, "person": person, "roles": ["official"], "title": "PHÓ CHỦ TỊCH", "decision": "02/QĐ"}))?
            .good()?)?;
        let other_official = Caller::person(house.staff, "anlanh.pho", town::PASSWORD)?;
        let year = issuance::year_in_vietnam(jiff::Timestamp::now());
        let spare_register = id(town
            .person("vanthu")
            .post(
                "/api/v1/registers",
                &json!({"agency": town.agency, "series": "THU", "year": year}),
            )?
            .good()?)?;
        let client = id(admin
            .post(
                "/api/v1/admin/clients",
                &json!({"agency": town.agency, "name": "Hệ thống thử", "scopes": [{"agency": town.agency, "procedures": null}]}),
            )?
            .good()?)?;
        let certificate = {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD
                .encode(&house.lab.certificate("official2")?.der)
        };
        let retired_key = id(admin
            .post("/api/v1/admin/keys", &json!({"agency": town.agency, "person": person, "label": "official2", "certificate": certificate}))?
            .good()?)?;
        admin.post(&format!("/api/v1/admin/keys/{retired_key}/retire"), &json!({}))?.good()?;
        let procedures =
            admin.get(&format!("/api/v1/admin/procedures?agency={}", town.agency))?.good()?;
        let mut procedure = procedures[0].clone();
        procedure["acts"] = json!([]);
        let now = flow::result(town.person("chutich"), &approved)?;
        Ok(Objects {
            seen: flow::seen(&now),
            item: flow::item(&now),
            agency: town.agency.clone(),
            approved,
            submitted,
            submission: town.submission("Bản thử quyền"),
            elsewhere: town.elsewhere("1/THU", "Bản thử quyền"),
            register: town.register.clone(),
            spare_register,
            official_key: town.official_key.clone(),
            seal_key: town.seal_key.clone(),
            person,
            position,
            retired_key,
            client,
            procedure,
            other_official,
        })
    }

    /// `None`: no address of the API does this act.
    fn request(&self, act: &str) -> Option<Request> {
        let old = json!({"revision": 99, "sha256": "0".repeat(64)});
        let no_pdf = "bm90IGEgUERG"; // "not a PDF"
        let result = |id: &str, verb: &str| format!("/api/v1/results/{id}/{verb}");
        let admin = |path: &str| format!("/api/v1/admin/{path}");
        let items = json!([{"result": self.approved, "revision": 99, "sha256": "0".repeat(64)}]);
        let proposal = |act: &str, by: Value| {
            (
                "POST",
                "/api/v1/proposals".to_owned(),
                json!({"result": self.approved, "act": act, "by": by, "reason": "thử"}),
            )
        };
        let reason = json!({"reason": "thử quyền"});
        let (method, path, body) = match act {
            "submit_draft" => (
                "POST",
                "/api/v1/results".into(),
                json!({"submission": self.submission, "pdf": no_pdf}),
            ),
            "submit_elsewhere" => (
                "POST",
                "/api/v1/results".into(),
                json!({"submission": self.elsewhere, "pdf": no_pdf}),
            ),
            "place_boxes" => {
                ("POST", result(&self.submitted, "boxes"), json!({"version": 99, "moved": {}}))
            }
            "resubmit" => (
                "POST",
                result(&self.approved, "resubmit"),
                json!({"submission": self.submission, "pdf": no_pdf}),
            ),
            "withdraw" => ("POST", result(&self.approved, "withdraw"), reason),
            "return" => {
                ("POST", result(&self.submitted, "return"), json!({"seen": old, "reason": "thử"}))
            }
            "approve" => ("POST", result(&self.submitted, "approve"), old),
            "sign" => (
                "POST",
                "/api/v1/activations".into(),
                json!({"key": self.official_key, "items": items, "pin": "0"}),
            ),
            "number" | "seal" => (
                "POST",
                "/api/v1/activations".into(),
                json!({"key": self.seal_key, "items": items, "pin": "0"}),
            ),
            "cancel" => ("POST", result(&self.submitted, "cancel"), reason),
            "issue" => ("POST", result(&self.approved, "issue"), json!({"seen": old})),
            "revoke" | "suspend" | "resume" => proposal(act, Value::Null),
            "supersede" => proposal(act, json!(self.submitted)),
            "read_result" => ("GET", format!("/api/v1/results/{}", self.approved), Value::Null),
            "read_evidence" => ("GET", result(&self.approved, "evidence"), Value::Null),
            "read_audit" => ("GET", format!("/api/v1/audit?agency={}", self.agency), Value::Null),
            "read_register" => ("GET", format!("/api/v1/registers/{}", self.register), Value::Null),
            "open_register" => (
                "POST",
                "/api/v1/registers".into(),
                json!({"agency": self.agency, "series": "X", "year": 2001}),
            ),
            "enter_number" => (
                "POST",
                format!("/api/v1/registers/{}/numbers", self.register),
                json!({"number": 7, "date": "2001-01-01", "source": "paper", "note": ""}),
            ),
            "close_register" => {
                ("POST", format!("/api/v1/registers/{}/close", self.spare_register), json!({}))
            }
            "create_agency" => {
                ("POST", admin("agencies"), json!({"word": "", "name": "", "parent": self.agency}))
            }
            "create_person" => {
                ("POST", admin("people"), json!({"agency": self.agency, "login": "", "name": ""}))
            }
            "disable_person" => {
                ("POST", admin(&format!("people/{}/active", self.person)), json!({"active": true}))
            }
            "set_password" => (
                "POST",
                admin(&format!("people/{}/password", self.person)),
                json!({"password": town::PASSWORD}),
            ),
            "give_position" => (
                "POST",
                admin("positions"),
                json!({"agency": self.agency, "person": self.person, "roles": ["official"], "title": "", "decision": ""}),
            ),
            "end_position" => (
                "POST",
                admin(&format!("positions/{}/end", self.position)),
                json!({"at": "2001-01-01T00:00:00Z"}),
            ),
            "put_procedure" => ("PUT", admin("procedures"), self.procedure.clone()),
            "bind_key" => (
                "POST",
                admin("keys"),
                json!({"agency": self.agency, "person": self.person, "label": "", "certificate": "AA=="}),
            ),
            "confirm_key" => {
                ("POST", admin(&format!("keys/{}/confirm", self.official_key)), json!({}))
            }
            "retire_key" => {
                ("POST", admin(&format!("keys/{}/retire", self.retired_key)), json!({}))
            }
            "create_client" => {
                ("POST", admin("clients"), json!({"agency": self.agency, "name": "", "scopes": []}))
            }
            "rotate_client" => {
                ("POST", admin(&format!("clients/{}/rotate", self.client)), json!({}))
            }
            "disable_client" => {
                ("POST", admin(&format!("clients/{}/active", self.client)), json!({"active": true}))
            }
            _ => return None,
        };
        let right = match act {
            "sign" | "number" | "seal" => {
                let mut right = body.clone();
                right["items"] = json!([self.item]);
                Some(right)
            }
            "issue" => Some(json!({"seen": self.seen})),
            _ => None,
        };
        Some(Request { method, path, body: (method != "GET").then_some(body), right })
    }
}

/// The table and the tests name the same acts.
#[test]
fn acts_have_words_of_their_own() {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    ACTS.iter().for_each(|rule| *words.entry(rule.word).or_default() += 1);
    assert!(words.values().all(|count| *count == 1), "{words:?}");
}
