//! Headers, sizes, shapes: what every answer has, and what is refused before work is done.

use issuance::Role;
use serde_json::json;

use crate::world::{Setting, World, refused};

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_its_headers() {
    let world = World::new().await;
    for path in ["/health", "/api/v1/openapi.json", "/nothing", "/api/v1/me"] {
        for base in [&world.staff, &world.public] {
            let answer = world.http.get(format!("{base}{path}")).send().await.unwrap();
            let headers = answer.headers();
            let policy = headers["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert_eq!(headers["referrer-policy"], "no-referrer");
            assert!(headers["x-robots-tag"].to_str().unwrap().contains("noindex"));
            assert_eq!(headers["cache-control"], "no-store");
            assert!(headers.contains_key("x-request-id"));
            // Over plain HTTP it would be ignored, and on a name shared with other services wrong.
            assert!(!headers.contains_key("strict-transport-security"));
            assert!(!headers.contains_key("server"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn problems_have_one_shape_in_the_language_asked_for() {
    let world = World::new().await;
    let nobody = world.nobody();
    let vi = refused(nobody.get("/nothing").await, 404, "not_found").await;
    assert_eq!(vi["title"], "Không tìm thấy");
    assert_eq!(vi["detail"], vi["detail_vi"]);
    let en = nobody.with("accept-language", "en").get("/nothing").await;
    assert_eq!(en.headers()["content-language"], "en");
    let en = refused(en, 404, "not_found").await;
    assert_eq!(en["detail"], en["detail_en"]);
    refused(nobody.get("/api/v1/login").await, 405, "method_not_allowed").await;
    refused(nobody.get("/api/v1/results").await, 401, "not_logged_in").await;

    let post = |kind: &'static str, body: &'static str| {
        let request = world.http.post(format!("{}/api/v1/login", world.staff));
        request.header("content-type", kind).body(body).send()
    };
    refused(post("text/plain", "{}").await.unwrap(), 415, "media_type").await;
    refused(post("application/json", "{").await.unwrap(), 400, "request_unreadable").await;
    refused(post("application/json", "{}").await.unwrap(), 422, "field").await;
    let more = "{\"login\":\"a\",\"password\":\"b\",\"x\":1}";
    refused(post("application/json", more).await.unwrap(), 422, "field").await;
    let answer = nobody.with("x-position", "x").get("/api/v1/results?since=abc").await;
    refused(answer, 401, "not_logged_in").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_and_rates() {
    let mut setting = Setting::default();
    setting.limits.body_bytes = 2000;
    setting.limits.document_bytes = 10_000;
    setting.limits.verifications_a_minute = 3;
    setting.limits.checks_a_minute = 2;
    let world = World::with(setting).await;
    world.add("a", "quantri", Role::Administrator).await;
    let long = json!({ "login": "a", "password": "x".repeat(3000) });
    refused(world.nobody().post("/api/v1/login", &long).await, 413, "too_large").await;
    let caller = world.log_in("quantri").await;
    let long = json!({ "submission": {}, "pdf": "A".repeat(20_000) });
    refused(caller.post("/api/v1/results", &long).await, 413, "too_large").await;
    let verify = |bytes: usize| {
        world.http.post(format!("{}/api/v1/verify", world.public)).body(vec![b'x'; bytes]).send()
    };
    refused(verify(10_001).await.unwrap(), 413, "too_large").await;
    assert_eq!(verify(10_000).await.unwrap().status(), 200);
    assert_eq!(verify(1).await.unwrap().status(), 200);
    refused(verify(1).await.unwrap(), 429, "too_many_requests").await;
    // Without a length the limit holds too.
    let check = || world.http.get(format!("{}/api/v1/public/X", world.public)).send();
    refused(check().await.unwrap(), 422, "code_mistyped").await;
    refused(check().await.unwrap(), 422, "code_mistyped").await;
    refused(check().await.unwrap(), 429, "too_many_requests").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_full_says_so() {
    let mut setting = Setting::default();
    setting.limits.in_flight = 0;
    let world = World::with(setting).await;
    let answer = world.nobody().get("/health").await;
    assert!(answer.headers().contains_key("retry-after"));
    refused(answer, 503, "overloaded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_addresses_are_not_on_the_public_listener() {
    let world = World::new().await;
    for path in ["/api/v1/login", "/api/v1/results", "/api/v1/me", "/api/v1/admin/people"] {
        let answer = world.http.get(format!("{}{path}", world.public)).send().await.unwrap();
        refused(answer, 404, "not_found").await;
    }
    let health = world.http.get(format!("{}/health", world.public)).send().await.unwrap();
    let health: serde_json::Value = serde_json::from_slice(&health.bytes().await.unwrap()).unwrap();
    assert!(health.get("parts").is_none(), "{health}");
}
