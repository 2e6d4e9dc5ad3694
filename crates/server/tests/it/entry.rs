//! Coming in: right and wrong passwords, cookies, sessions that end, forged requests.

use issuance::Role;
use serde_json::json;

use crate::world::{PASSWORD, Setting, World, body_of, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_from_log_in_to_log_out() {
    let world = World::new().await;
    world.add("a", "quantri", Role::Administrator).await;
    let body = json!({ "login": " QuanTri", "password": PASSWORD });
    let answer = world.nobody().post("/api/v1/login", &body).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    // 256 bits, and only their hash is stored.
    let value = cookie.split(';').next().unwrap().strip_prefix("antin=").unwrap();
    assert_eq!(value.len(), 43);
    let caller = world.log_in("quantri").await;
    let me = body_of(caller.get("/api/v1/me").await).await;
    assert_eq!(me["login"], "quantri");
    assert_eq!(me["positions"][0]["roles"], json!(["administrator"]));
    let out = caller.post("/api/v1/logout", &json!({})).await;
    assert_eq!(out.status(), 204);
    assert!(out.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    refused(caller.get("/api/v1/me").await, 401, "not_logged_in").await;
    assert_eq!(world.audit("log_in").await.len(), 2);
    assert_eq!(world.audit("log_out").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_and_unknown_names_read_alike_and_are_counted() {
    let mut setting = Setting::default();
    setting.limits.wrong_passwords = 3;
    let world = World::with(setting).await;
    world.add("a", "quantri", Role::Administrator).await;
    let wrong = json!({ "login": "quantri", "password": "không phải mật khẩu" });
    let unknown = json!({ "login": "khong.co.ai", "password": PASSWORD });
    let nobody = world.nobody();
    let first = refused(nobody.post("/api/v1/login", &wrong).await, 401, "wrong_password").await;
    let other = refused(nobody.post("/api/v1/login", &unknown).await, 401, "wrong_password").await;
    assert_eq!(first["detail_vi"], other["detail_vi"]);
    for _ in 0..2 {
        refused(nobody.post("/api/v1/login", &wrong).await, 401, "wrong_password").await;
    }
    // The right password no longer helps, for some minutes.
    let right = json!({ "login": "quantri", "password": PASSWORD });
    let answer = nobody.post("/api/v1/login", &right).await;
    assert!(answer.headers().contains_key("retry-after"));
    refused(answer, 429, "too_many_requests").await;
    let rows = world.audit("log_in").await;
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|(outcome, refusal)| {
        outcome == "refused" && refusal.as_ref().is_some_and(|code| code.contains("wrong_password"))
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_when_idle_and_at_last() {
    let world = World::new().await;
    world.add("a", "quantri", Role::Administrator).await;
    let idle = world.log_in("quantri").await;
    world.put_clock_forward(31 * 60);
    refused(idle.get("/api/v1/me").await, 401, "not_logged_in").await;
    // Used every twenty minutes it lives, but not longer than twelve hours.
    let used = world.log_in("quantri").await;
    for _ in 0..35 {
        world.put_clock_forward(20 * 60);
        assert_eq!(used.get("/api/v1/me").await.status(), 200);
    }
    world.put_clock_forward(21 * 60);
    refused(used.get("/api/v1/me").await, 401, "not_logged_in").await;
    // A cookie that nobody gave.
    let forged = world.nobody().with("cookie", "antin=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    refused(forged.get("/api/v1/me").await, 401, "not_logged_in").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_request_changes_nothing() {
    let world = World::new().await;
    let [agency, ..] = world.add("a", "quantri", Role::Administrator).await;
    let caller = world.log_in("quantri").await;
    let person = json!({ "agency": agency, "login": "moi", "name": "Người mới" });
    let path = "/api/v1/admin/people";
    for forged in [
        caller.without("x-csrf-token"),
        caller.with("x-csrf-token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        caller.with("sec-fetch-site", "cross-site"),
    ] {
        refused(forged.post(path, &person).await, 403, "csrf").await;
    }
    let list = body_of(caller.get(&format!("{path}?agency={agency}")).await).await;
    assert_eq!(list.as_array().unwrap().len(), 1);
    let own = caller.with("sec-fetch-site", "same-origin");
    assert_eq!(own.post(path, &person).await.status(), 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_pass_only_where_nobody_listens() {
    let body = json!({ "login": "quantri", "password": PASSWORD });
    // A proxy on this machine that nobody named.
    let world = World::new().await;
    world.add("a", "quantri", Role::Administrator).await;
    let behind = world.nobody().with("x-forwarded-for", "10.1.2.3");
    refused(behind.post("/api/v1/login", &body).await, 403, "not_private").await;
    // A named one that speaks https to the browser, and one that does not.
    let proxies = vec!["127.0.0.1".parse().unwrap()];
    let world = World::with(Setting { proxies, ..Setting::default() }).await;
    world.add("a", "quantri", Role::Administrator).await;
    let plain =
        world.nobody().with("x-forwarded-for", "10.1.2.3").with("x-forwarded-proto", "http");
    refused(plain.post("/api/v1/login", &body).await, 403, "not_private").await;
    let https = plain.with("x-forwarded-proto", "https");
    let answer = https.post("/api/v1/login", &body).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().contains_key("strict-transport-security"));
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-antin=") && cookie.contains("; Secure"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_come_by_a_token_that_is_shown_once() {
    let world = World::new().await;
    let [agency, ..] = world.add("a", "quantri", Role::Administrator).await;
    let admin = world.log_in("quantri").await;
    let wanted = json!({
        "agency": agency, "name": "Hệ thống một cửa",
        "scopes": [{ "agency": agency, "procedures": null }],
    });
    let answer = admin.post("/api/v1/admin/clients", &wanted).await;
    assert_eq!(answer.status(), 201);
    let made = body_of(answer).await;
    let token = made["token"].as_str().unwrap();
    let client = world.nobody().with("authorization", &format!("Bearer {token}"));
    assert_eq!(client.get("/api/v1/results").await.status(), 200);
    // No CSRF for a token; people's pages are not for it.
    refused(client.get("/api/v1/me").await, 403, "people_only").await;
    refused(client.post("/api/v1/admin/agencies", &json!({})).await, 403, "people_only").await;
    for wrong in ["Bearer x", "Basic eDp5", "x"] {
        let wrong = world.nobody().with("authorization", wrong);
        refused(wrong.get("/api/v1/results").await, 401, "token_unknown").await;
    }
    let id = made["id"].as_str().unwrap();
    let rotated =
        body_of(admin.post(&format!("/api/v1/admin/clients/{id}/rotate"), &json!({})).await).await;
    let new = world
        .nobody()
        .with("authorization", &format!("Bearer {}", rotated["token"].as_str().unwrap()));
    assert_eq!(new.get("/api/v1/results").await.status(), 200);
    assert_eq!(client.get("/api/v1/results").await.status(), 200, "for a day both are taken");
    world.put_clock_forward(25 * 3600);
    refused(client.get("/api/v1/results").await, 401, "token_unknown").await;
    let list =
        world.log_in("quantri").await.get(&format!("/api/v1/admin/clients?agency={agency}")).await;
    assert!(body_of(list).await[0]["last_use"].is_string());
    let off = world.log_in("quantri").await;
    let off =
        off.post(&format!("/api/v1/admin/clients/{id}/active"), &json!({ "active": false })).await;
    assert_eq!(off.status(), 204);
    refused(new.get("/api/v1/results").await, 403, "disabled").await;
}
