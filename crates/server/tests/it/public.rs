//! What anybody learns from a code, and the files of the log.

use std::time::Instant;

use issuance::CheckCode;

use crate::world::{World, body_of, refused};

#[tokio::test(flavor = "multi_thread")]
async fn unknown_codes_are_answered_alike_and_in_like_time() {
    let world = World::new().await;
    let code = CheckCode::new([7; 16]);
    let began = Instant::now();
    let answer =
        world.http.get(format!("{}/api/v1/public/{code}", world.public)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let said = body_of(answer).await;
    assert_eq!(said["verdict"], "not_found");
    assert_eq!(said["verdict_vi"], "KHÔNG TÌM THẤY – NGHI GIẢ");
    assert!(said["document"].is_null() && said["log"].is_null());
    assert!(began.elapsed().as_millis() >= 80);
    // Groups, hyphens and small letters do not matter; a wrong check character is a typing error.
    let typed = code.grouped().to_lowercase().replace(' ', "-");
    let answer =
        world.http.get(format!("{}/api/v1/public/{typed}", world.public)).send().await.unwrap();
    assert_eq!(body_of(answer).await["verdict"], "not_found");
    let mut wrong = code.to_string();
    let last = if wrong.ends_with('0') { '1' } else { '0' };
    wrong.pop();
    wrong.push(last);
    let answer =
        world.http.get(format!("{}/api/v1/public/{wrong}", world.public)).send().await.unwrap();
    refused(answer, 422, "code_mistyped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_files_of_the_log_are_served() {
    let world = World::new().await;
    for path in ["checkpoint", "tile/0/000", ".lock", "..%2fdb", "%2e%2e/db", "tile/..%2f..%2fdb"] {
        let answer = world.http.get(format!("{}/log/{path}", world.public)).send().await.unwrap();
        refused(answer, 404, "not_found").await;
    }
}
