//! Before the token is asked.

use signing::{Refusal, Signer, StatusRule, Terms};

use crate::world::{PKCS1, Use, evidence, identity, now, policy, trusting};

fn check(
    leaf: &crate::world::Identity,
    helpers: &[&crate::world::Identity],
    anchors: &[&crate::world::Identity],
    status: StatusRule,
) -> Result<Signer, Refusal> {
    let (trust, evidence, policy) = (trusting(anchors), evidence(helpers), policy());
    let terms = Terms { trust: &trust, evidence: &evidence, policy: &policy, status };
    Signer::check(&leaf.certificate, &[], PKCS1, &terms, now())
}

fn code(result: Result<Signer, Refusal>) -> &'static str {
    let refusal = result.expect_err("refused");
    assert!(refusal.text_vi().len() > 20 && refusal.text_en().len() > 20);
    refusal.code()
}

#[test]
fn an_anchor_is_its_own_trust() {
    let leaf = identity("Một mình", None, Use::Signing, (-1, 10));
    check(&leaf, &[], &[&leaf], StatusRule::Required).unwrap();
    assert_eq!(code(check(&leaf, &[], &[], StatusRule::Required)), "untrusted");
}

#[test]
fn each_reason_not_to_sign_has_its_word() {
    let root = identity("Gốc", None, Use::Authority, (-10, 100));
    let other = identity("Gốc khác", None, Use::Authority, (-10, 100));
    let leaf = |usage, days| identity("Người ký", Some(&root), usage, days);
    let required = StatusRule::Required;

    let good = leaf(Use::Signing, (-1, 10));
    assert_eq!(code(check(&good, &[], &[&root], required)), "status_unknown");
    check(&good, &[], &[&root], StatusRule::UnknownAllowed).unwrap();
    assert_eq!(code(check(&good, &[&root], &[&other], required)), "untrusted");
    assert_eq!(code(check(&leaf(Use::Signing, (-9, -1)), &[], &[&root], required)), "expired");
    assert_eq!(code(check(&leaf(Use::Signing, (2, 10)), &[], &[&root], required)), "not_yet_valid");
    assert_eq!(
        code(check(&leaf(Use::Encryption, (-1, 9)), &[], &[&root], required)),
        "not_for_signing"
    );
    assert_eq!(
        code(check(&leaf(Use::WebServer, (-1, 9)), &[], &[&root], required)),
        "not_for_signing"
    );
    assert_eq!(code(check(&root, &[], &[&root], required)), "not_for_signing");
}

#[test]
fn an_algorithm_that_does_not_fit_the_key_is_refused() {
    let leaf = identity("Một mình", None, Use::Signing, (-1, 10));
    let (trust, evidence, policy) = (trusting(&[&leaf]), evidence(&[]), policy());
    let terms =
        Terms { trust: &trust, evidence: &evidence, policy: &policy, status: StatusRule::Required };
    for wrong in [
        pki::SignatureAlgorithm::Ecdsa { digest: pki::DigestAlgorithm::Sha256 },
        pki::SignatureAlgorithm::RsaPkcs1 { digest: pki::DigestAlgorithm::Sha1 },
    ] {
        let refused = Signer::check(&leaf.certificate, &[], wrong, &terms, now());
        assert_eq!(code(refused), "algorithm_not_allowed");
    }
}
