//! The document of the API: every address is in it, and every answer of each.

use serde_json::Value;

use crate::world::{World, body_of};

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_names_its_answers() {
    let world = World::new().await;
    let document = body_of(world.nobody().get("/api/v1/openapi.json").await).await;
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations += 1;
            let responses = operation["responses"].as_object().unwrap();
            for status in [
                "400", "401", "403", "404", "405", "408", "409", "413", "415", "422", "429", "500",
                "503",
            ] {
                assert!(responses.contains_key(status), "{method} {path}: {status}");
            }
            assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
            assert!(operation["operationId"].is_string(), "{method} {path}");
            // It is really there: not 404 by address, not 405.
            let real = path
                .replace("{id}", "0190a0b0-0000-7000-8000-000000000000")
                .replace("{path}", "checkpoint")
                .replace("{code}", "X");
            let asked = world
                .http
                .request(method.to_uppercase().parse().unwrap(), format!("{}{real}", world.staff));
            let answer = asked.send().await.unwrap();
            let (status, problem) = (answer.status().as_u16(), answer.bytes().await.unwrap());
            let problem: Value = serde_json::from_slice(&problem).unwrap_or_default();
            assert!(
                status != 405 && (problem["code"] != "not_found" || path.starts_with("/log/")),
                "{method} {path}: {status}"
            );
        }
    }
    assert!(operations >= 50, "{operations}");
    for reference in references(&document) {
        let found = reference
            .trim_start_matches("#/")
            .split('/')
            .try_fold(&document, |at, name| at.get(name));
        assert!(found.is_some(), "{reference}");
    }
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => {
            let own = map.get("$ref").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(map.values().flat_map(references)).collect()
        }
        Value::Array(list) => list.iter().flat_map(references).collect(),
        _ => vec![],
    }
}
