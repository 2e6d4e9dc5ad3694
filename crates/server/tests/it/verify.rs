//! Any PDF has a report: a signed one, a bomb, one that kills its reader.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Instant;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use jiff::Timestamp;
use pki::{Certificate, Crl, SignatureAlgorithm, TrustStore};
use serde_json::Value;
use signing::{BaseDigest, Earlier, Level, Order, Outcome, Room, StatusRule};
use token::{Digest, Scheme};
use validation::{Evidence, Policy};

use crate::world::{Setting, World, body_of};

async fn report(world: &World, document: Vec<u8>) -> Value {
    let request = world.http.post(format!("{}/api/v1/verify?file=a.pdf", world.public));
    let answer =
        request.header("content-type", "application/pdf").body(document).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/json");
    let report = body_of(answer).await;
    assert_eq!(report["schema"], "antin.report/1");
    assert_eq!(report["file"], "a.pdf");
    report
}

#[test]
fn a_file_signed_by_the_lab() {
    lab::testing::isolated("verify::a_file_signed_by_the_lab", [("UNUSED", "")], || {
        let lab = lab::testing::lab()?;
        let mut trust = TrustStore::default();
        trust.add(Certificate::from_der(&lab.certificate("root")?.der)?);
        let mut evidence = Evidence::default();
        evidence.certificates.push(Certificate::from_der(&lab.certificate("issuing")?.der)?);
        for authority in ["root", "issuing"] {
            let crl = fs::read(lab.crl_dir().join(format!("{authority}.crl")))?;
            evidence.crls.push(Crl::from_bytes(&crl)?);
        }
        let signed = signed(&lab, &trust, &evidence);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let trusting = Setting { anchors: trust, evidence, ..Setting::default() };
            let world = World::with(trusting).await;
            let report = report(&world, signed.clone()).await;
            assert_eq!(report["conclusion"], "TOTAL_PASSED", "{report}");
            assert_eq!(report["signatures"][0]["integrity"], "intact");
            let mut changed = signed.clone();
            let at = changed.windows(9).position(|w| w == b"/MediaBox").unwrap();
            changed[at + 1] = b'N';
            let report = self::report(&world, changed).await;
            assert_eq!(report["conclusion"], "TOTAL_FAILED");
            // Without trust nothing can be concluded.
            let world = World::new().await;
            let report = self::report(&world, signed).await;
            assert_eq!(report["conclusion"], "INDETERMINATE");
        });
        Ok(())
    })
    .unwrap();
}

fn signed(lab: &lab::Lab, trust: &TrustStore, evidence: &Evidence) -> Vec<u8> {
    let now = Timestamp::now();
    let base = lab::documents::decision("2026-01-05T02:30:00Z".parse().unwrap()).unwrap().pdf;
    let session = lab.session("official").unwrap();
    let key = session.key("official").unwrap();
    let certificate = Certificate::from_der(&lab.certificate("official").unwrap().der).unwrap();
    let policy = Policy::default();
    let terms = signing::Terms { trust, evidence, policy: &policy, status: StatusRule::Required };
    let algorithm = SignatureAlgorithm::from(Scheme::RsaPss(Digest::Sha256));
    let signer = signing::Signer::check(&certificate, &[], algorithm, &terms, now).unwrap();
    let digest = BaseDigest::of(&base).unwrap();
    let order = Order {
        base: digest.hash(),
        field: None,
        appearance: None,
        certificate: certificate.der().to_vec(),
        algorithm,
        level: Level::B,
        certify: None,
        reason: None,
        location: None,
        name: None,
    };
    let state = signing::begin(&order, &signer, &base, digest, Room::default(), now).unwrap();
    let value = session.sign(&key, Scheme::RsaPss(Digest::Sha256), state.bytes()).unwrap();
    let candidate = state.with_value(&signer, value).unwrap().finish().unwrap().unwrap();
    let report = candidate.judge(&candidate.read(&base), &terms, now);
    match candidate.settle(report, StatusRule::Required, Earlier::Passed) {
        Outcome::Proven { update, .. } => [base, update.tail].concat(),
        _ => panic!("not proven"),
    }
}

/// 2 GiB of zeros as a cross-reference stream of 2 MB.
fn bomb() -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..2048 {
        packed.write_all(&zeros).unwrap();
    }
    let packed = packed.finish().unwrap();
    let mut file = b"%PDF-1.7\n".to_vec();
    let at = file.len();
    let dictionary = format!(
        "1 0 obj\n<</Type/XRef/Size 268435456/W[1 4 3]/Root 2 0 R/Filter/FlateDecode/Length {}>>\nstream\n",
        packed.len()
    );
    file.extend_from_slice(dictionary.as_bytes());
    file.extend_from_slice(&packed);
    file.extend_from_slice(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n").as_bytes());
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_has_a_report() {
    let mut setting = Setting::default();
    setting.child.memory_bytes = 512 << 20;
    let world = World::with(setting).await;
    let began = Instant::now();
    let report = report(&world, bomb()).await;
    assert_ne!(report["conclusion"], "TOTAL_PASSED");
    assert!(began.elapsed().as_secs() < 30);
    // The server is as it was.
    assert_eq!(world.nobody().get("/api/v1/openapi.json").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_dies_or_hangs_is_a_report_too() {
    let dir = tempfile::tempdir().unwrap();
    for (name, script, why) in [
        ("dies", "exec kill -9 $$", "ended early"),
        ("hangs", "exec sleep 60", "took too long"),
        ("babbles", "cat >/dev/null; echo '{}'", "no readable answer"),
    ] {
        let program = dir.path().join(name);
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut setting = Setting { reader: Some(program), ..Setting::default() };
        setting.child.wall_seconds = 2;
        let world = World::with(setting).await;
        let report = report(&world, b"%PDF-1.7 nothing".to_vec()).await;
        assert_eq!(report["conclusion"], "TOTAL_FAILED", "{name}");
        assert!(report.to_string().contains(why), "{name}: {report}");
    }
    // No reader at all says nothing about the file.
    let setting = Setting { reader: Some(dir.path().join("absent")), ..Setting::default() };
    let world = World::with(setting).await;
    let answer =
        world.http.post(format!("{}/api/v1/verify", world.public)).body("x").send().await.unwrap();
    crate::world::refused(answer, 503, "verify_unavailable").await;
}
