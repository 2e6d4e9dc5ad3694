//! A timestamp that is larger than its room: prepared again, never failed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use anyhow::Result;
use e2e::Desk;
use jiff::Timestamp;
use pki::{Certificate, DigestAlgorithm, SignatureAlgorithm, TrustStore};
use signing::{Level, NeedsRoom, Order, Room, Signer, StatusRule, Terms, begin, file_hash};
use token::{Digest, Scheme};
use validation::{Evidence, Policy};

#[test]
fn contents_that_is_too_small_is_sized_again() -> Result<()> {
    let desk = Desk::new()?;
    let base = std::fs::read(desk.document("in.pdf")?)?;
    let certificate = Certificate::from_der(&desk.lab.certificate("official")?.der)?;
    let mut trust = TrustStore::default();
    // The leaf as its own anchor: this test is about room, not about status.
    trust.add(certificate.clone());
    let (evidence, policy) = (Evidence::default(), Policy::default());
    let terms =
        Terms { trust: &trust, evidence: &evidence, policy: &policy, status: StatusRule::Required };
    let algorithm = SignatureAlgorithm::pss(DigestAlgorithm::Sha256);
    let signer = Signer::check(&certificate, &[], algorithm, &terms, Timestamp::now())?;
    let order = Order {
        base: file_hash(&base)?,
        field: None,
        appearance: None,
        certificate: certificate.der().to_vec(),
        algorithm,
        level: Level::T,
        certify: None,
        reason: None,
        location: None,
        name: None,
    };
    let session = desk.lab.session("official")?;
    let key = session.key("official")?;
    let client = fetch::Client::new(fetch::Config::default());
    let url = desk.servers.tsa_url();
    let tsa = fetch::Tsa { client: &client, url: &url };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;

    let once = |room: Room| -> Result<Result<usize, NeedsRoom>> {
        let state = begin(&order, &signer, &base, order.base, room, Timestamp::now())?;
        let value = session.sign(&key, Scheme::RsaPss(Digest::Sha256), state.bytes())?;
        let valued = state.with_value(&signer, value)?;
        let nonce = [0x41, 2, 3, 4, 5, 6, 7, 8];
        let answer = runtime.block_on(tsa.stamp(valued.timestamp_request(&nonce)))?;
        let valued = valued.with_timestamp(&answer, &nonce)?;
        assert!(valued.room().timestamp_bytes > 1000);
        Ok(valued.finish()?.map(|candidate| candidate.tail_bytes()))
    };
    let Err(NeedsRoom(wanted)) = once(Room { timestamp_bytes: 16, least_bytes: 0 })? else {
        panic!("16 bytes are room enough for a timestamp?");
    };
    assert!(once(wanted)?.is_ok());
    Ok(())
}
