//! What another system is told: signed, again when it did not arrive, never where a redirect leads.

use issuance::Role;
use office::jobs::webhook::{Sender, signature};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::agencies::{procedure, submission};
use crate::world::{World, body_of};

/// Takes one request, answers with this status, gives head and body.
async fn receive(listener: &TcpListener, status: &str) -> (String, String) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut got = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.unwrap();
        got.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&got).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_lowercase();
        let length = length.split("content-length: ").nth(1).unwrap();
        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
        if body.len() >= length {
            let answer = format!(
                "HTTP/1.1 {status}\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
            return (head.to_lowercase(), body.to_owned());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_signed_and_are_tried_again() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?secret=1", listener.local_addr().unwrap());
    let [agency, ..] = world.add("a", "quantri", Role::Administrator).await;
    let admin = world.log_in("quantri").await;
    let id = Uuid::now_v7().to_string();
    admin.put("/api/v1/admin/procedures", &procedure(&id, &agency)).await;
    let wanted = json!({ "agency": agency, "name": "Một cửa", "webhook": url, "scopes": [{ "agency": agency, "procedures": null }] });
    let made = body_of(admin.post("/api/v1/admin/clients", &wanted).await).await;
    let token = made["token"].as_str().unwrap();
    let key = made["webhook_key"].as_str().unwrap().as_bytes();
    let client = world.nobody().with("authorization", &format!("Bearer {token}"));
    let answer = client.post("/api/v1/results", &submission(&agency, &id)).await;
    let result = body_of(answer).await["id"].as_str().unwrap().to_owned();

    world.sequence().await;
    let sender = Sender::new(world.store.clone(), "test").unwrap();
    for (status, wait) in [("500 No", 10), ("302 Found", 30), ("204 No Content", 0)] {
        let (tried, (head, body)) = tokio::join!(sender.round(), receive(&listener, status));
        assert_eq!(tried.unwrap(), 1, "{status}");
        let header = |name: &str| {
            let line = head.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_once(": ").unwrap().1.to_owned()
        };
        let stamp = header("antin-timestamp");
        assert_eq!(header("antin-signature"), signature(key, &stamp, body.as_bytes()));
        let event: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(event["id"], header("antin-event"));
        assert_eq!(
            (&event["kind"], &event["object"]),
            (&json!("result.submitted"), &json!(result))
        );
        assert!(!body.contains("Đặng"), "no personal data: {body}");
        assert_eq!(sender.round().await.unwrap(), 0, "nothing is due before its time");
        world.put_clock_forward(wait);
    }
    world.put_clock_forward(24 * 3600);
    assert_eq!(sender.round().await.unwrap(), 0, "what arrived is not sent again");
    let mut tx = world.store.read().await.unwrap();
    let client = made["id"].as_str().unwrap().parse().unwrap();
    let events = store::events::since(&mut tx, 0, Some(client), 10).await.unwrap();
    let attempts = store::deliveries::attempts(&mut tx, events[0].id, client).await.unwrap();
    let statuses: Vec<_> = attempts.iter().map(|(_, _, status, _)| *status).collect();
    assert_eq!(statuses, [Some(500), Some(302), Some(204)]);
    assert!(attempts.iter().all(|(.., error)| !error.as_deref().unwrap_or("").contains("secret")));
}
