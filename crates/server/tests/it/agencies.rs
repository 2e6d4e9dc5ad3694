//! What belongs to another agency is out of reach, and reads like what is not there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use issuance::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Caller, World, body_of, refused};

pub(crate) fn procedure(id: &str, agency: &str) -> Value {
    json!({
        "id": id, "agency": agency, "code": "1.001612", "name": "Đăng ký hộ kinh doanh",
        "acts": [{ "kind": "sign", "by": "signing_position", "key": "person", "place": null }],
        "attachment_acts": [], "layout": {},
        "terms": { "series": null, "certify": null, "consent_only": false, "sensitive": false, "takes_elsewhere": true },
        "version": 0, "from": "2026-01-01T00:00:00Z", "to": null,
    })
}

pub(crate) fn submission(agency: &str, procedure: &str) -> Value {
    json!({
        "submission": {
            "procedure": procedure, "agency": agency, "receiving_place": agency,
            "title": "Quyết định", "dossiers": ["G22.99.08-260921-896048"],
            "holders": [{ "person": { "name": "Đặng Thị Hải Yến", "last_four": "0127", "birth_year": 1988 } }],
            "kind": { "signed_elsewhere": {
                "kind": "Quyết định", "number": "05/QĐ-STP", "date": "2026-01-05", "title": "Quyết định", "signer": "Trần Văn Khác",
            } },
        },
        "pdf": STANDARD.encode("%PDF-1.7 tệp thử"),
    })
}

async fn submitted(
    officer: &Caller<'_>,
    agency: &str,
    procedure: &str,
    key: &str,
) -> reqwest::Response {
    officer
        .with("idempotency-key", key)
        .post("/api/v1/results", &submission(agency, procedure))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_of_another_agency() {
    let world = World::new().await;
    let [a, ..] = world.add("a", "a.quantri", Role::Administrator).await;
    world.add("a", "a.thuly", Role::CaseOfficer).await;
    world.add("a", "a.kiemsoat", Role::Auditor).await;
    world.add("b", "b.kiemsoat", Role::Auditor).await;
    world.add("b", "b.thuly", Role::CaseOfficer).await;
    let admin = world.log_in("a.quantri").await;
    let id = Uuid::now_v7().to_string();
    let put = admin.put("/api/v1/admin/procedures", &procedure(&id, &a)).await;
    assert_eq!(put.status(), 200, "{}", put.text().await.unwrap());

    let officer = world.log_in("a.thuly").await;
    let answer = submitted(&officer, &a, &id, "lần 1 = 1").await;
    refused(answer, 400, "request_unreadable").await; // a key of visible ASCII is wanted
    let answer = submitted(&officer, &a, &id, "k-1").await;
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    let made = body_of(answer).await;
    assert!(made["link"].as_str().unwrap().starts_with("https://tthc.example.invalid/k/"));
    let again = body_of(submitted(&officer, &a, &id, "k-1").await).await;
    assert_eq!(made, again, "the same key gives the same answer");

    let path = format!("/api/v1/results/{}", made["id"].as_str().unwrap());
    let auditor = world.log_in("a.kiemsoat").await;
    let seen = body_of(auditor.get(&path).await).await;
    assert_eq!(seen["state"], "submitted");
    assert!(seen["holders"][0].get("secret").is_none());
    let file = auditor.get(&format!("{path}/file")).await;
    assert_eq!(file.headers()["content-type"], "application/pdf");
    assert_eq!(file.bytes().await.unwrap(), "%PDF-1.7 tệp thử".as_bytes());

    let unknown = format!("/api/v1/results/{}", Uuid::now_v7());
    let stranger = world.log_in("b.kiemsoat").await;
    for tail in ["", "/file", "/evidence"] {
        let other = refused(stranger.get(&format!("{path}{tail}")).await, 404, "unknown").await;
        let none = refused(stranger.get(&format!("{unknown}{tail}")).await, 404, "unknown").await;
        assert_eq!(other["detail"], none["detail"]);
    }
    refused(stranger.get("/api/v1/results/nothing").await, 404, "unknown").await;
    let theirs = world.log_in("b.thuly").await;
    let answer = theirs.post(&format!("{path}/withdraw"), &json!({ "reason": "thử" })).await;
    refused(answer, 403, "other_agency").await;
    refused(submitted(&theirs, &a, &id, "k-2").await, 403, "other_agency").await;
    // The administrator neither reads results nor decides on them.
    refused(admin.get(&path).await, 403, "not_your_role").await;
    let seen = json!({ "revision": 1, "sha256": seen["files"][0]["current"] });
    refused(admin.post(&format!("{path}/approve"), &seen).await, 403, "not_your_role").await;
    // The auditor reads what was done in the agency, nobody else does.
    world.sequence().await;
    let audit = format!("/api/v1/audit?agency={a}&act=submit_elsewhere");
    let rows = body_of(auditor.get(&audit).await).await;
    assert_eq!(rows["rows"].as_array().unwrap().len(), 1, "{rows}");
    refused(stranger.get(&audit).await, 403, "other_agency").await;
    refused(officer.get(&audit).await, 403, "not_your_role").await;
    // Views and downloads are rows of the audit, refused ones too.
    let looks = world.audit("look").await;
    assert_eq!(looks.iter().filter(|(outcome, _)| outcome == "done").count(), 2, "{looks:?}");
    assert!(looks.iter().filter(|(outcome, _)| outcome == "refused").count() >= 7);
    let out = officer.post(&format!("{path}/withdraw"), &json!({ "reason": "nộp nhầm" })).await;
    assert_eq!(body_of(out).await["state"], "withdrawn");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_another_agency() {
    let world = World::new().await;
    let [a, person, _] = world.add("a", "a.quantri", Role::Administrator).await;
    world.add("b", "b.quantri", Role::Administrator).await;
    let stranger = world.log_in("b.quantri").await;
    for list in ["people", "positions", "procedures", "keys", "clients"] {
        let answer = stranger.get(&format!("/api/v1/admin/{list}?agency={a}")).await;
        refused(answer, 404, "unknown").await;
    }
    let position = json!({ "agency": a, "person": person, "roles": ["auditor"], "title": "x" });
    let new = json!({ "agency": a, "login": "moi", "name": "Mới" });
    for (path, body) in [("positions", &position), ("people", &new)] {
        let answer = stranger.post(&format!("/api/v1/admin/{path}"), body).await;
        refused(answer, 403, "other_agency").await;
    }
    let off = stranger
        .post(&format!("/api/v1/admin/people/{person}/active"), &json!({ "active": false }))
        .await;
    refused(off, 403, "other_agency").await;
    // A position of somebody else is no way in.
    let [.., theirs] = world.add("a", "a.kiemsoat", Role::Auditor).await;
    let answer = stranger.with("x-position", &theirs).get("/api/v1/me").await;
    refused(answer, 403, "position_not_held").await;
}
