//! Evidence is kept and judged again; the report's JSON is the contract's.

use crate::*;
use serde_json::Value;

#[test]
fn judged_again_from_kept_evidence_the_report_is_the_same() {
    for name in ["two.pdf", "old-in-time.pdf", "revoked-after.pdf", "leaf-only.pdf", "stranger.pdf"]
    {
        let facts = facts(name);
        let mut all = evidence();
        all.certificates = vec![
            certificate("issuing.der"),
            certificate("seal.der"),
            certificate("foreign-root.der"),
        ];
        all.ocsp = vec![ocsp("official.ocsp")];
        all.crls.push(crl("issuing-stale.crl"));
        let report = validation::judge(&facts, &all, &trust(), &Policy::default(), at());
        let kept = Evidence::from_json(&all.used_by(&report).to_json()).unwrap();
        let again = validation::judge(&facts, &kept, &trust(), &Policy::default(), at());
        assert_eq!(again, report, "{name}");
        assert_eq!(kept.to_json(), Evidence::from_json(&kept.to_json()).unwrap().to_json());
    }
}

#[test]
fn unused_evidence_is_not_kept() {
    let mut all = evidence();
    all.certificates.push(certificate("foreign-root.der"));
    let report = validation::judge(&facts("b.pdf"), &all, &trust(), &Policy::default(), at());
    assert!(all.used_by(&report).certificates.is_empty());
    assert!(all.used_by(&report).crls.len() >= 2);
}

#[test]
fn evidence_files_are_refused_in_words() {
    for bad in [
        "",
        "{}",
        r#"{"schema":"antin.evidence/2"}"#,
        r#"{"schema":"antin.evidence/1","certificates":["!"]}"#,
        r#"{"schema":"antin.evidence/1","certificates":["AAAA"]}"#,
        r#"{"schema":"antin.evidence/1","trust":[]}"#,
    ] {
        let error = Evidence::from_json(bad).unwrap_err();
        assert!(error.to_string().starts_with("evidence file: "), "{error}");
    }
}

#[test]
fn merging_adds_what_is_new() {
    let mut all = evidence();
    all.merge(evidence());
    all.merge(Evidence { ocsp: vec![ocsp("tsa.ocsp")], ..Evidence::default() });
    assert_eq!((all.certificates.len(), all.crls.len(), all.ocsp.len()), (0, 3, 1));
}

#[test]
fn the_json_is_the_contract() {
    let report = report("two.pdf");
    let line = report.to_json("kết quả.pdf");
    assert!(!line.contains('\n'));
    let json: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(json["schema"], "antin.report/1");
    assert_eq!(json["file"], "kết quả.pdf");
    assert_eq!(json["policy"], "pades-baseline@1");
    assert_eq!(json["at"], AT);
    assert_eq!(json["conclusion"], "TOTAL_PASSED");
    assert_eq!(json["later_changes"], "permitted");
    let first = &json["signatures"][0];
    for key in [
        "kind",
        "field",
        "indication",
        "sub_indication",
        "integrity",
        "later_changes",
        "level",
        "signer",
        "issuer",
        "anchor",
        "hierarchy",
        "claimed_time",
        "best_time",
        "algorithms",
        "covers",
        "checks",
    ] {
        assert!(first.get(key).is_some(), "{key}");
    }
    assert_eq!(first["kind"], "signature");
    assert_eq!(first["indication"], "TOTAL_PASSED");
    assert!(first["sub_indication"].is_null());
    assert_eq!(first["integrity"], "intact");
    assert_eq!(first["hierarchy"], "other");
    for check in first["checks"].as_array().unwrap() {
        for key in ["id", "clause", "result", "text_vi", "text_en"] {
            assert!(check[key].is_string(), "{key} in {check}");
        }
    }
    let nothing = validation::judge(
        &facts("b.pdf"),
        &Evidence::default(),
        &trust(),
        &Policy::default(),
        at(),
    );
    let json: Value = serde_json::from_str(&nothing.to_json("b.pdf")).unwrap();
    assert_eq!(json["conclusion"], "INDETERMINATE");
    assert_eq!(json["signatures"][0]["sub_indication"], "TRY_LATER");
    assert_eq!(json["missing"][0]["kind"], "status");
    for warning in json["warnings"].as_array().unwrap() {
        assert!(
            warning["code"].is_string()
                && warning["text_vi"].is_string()
                && warning["text_en"].is_string()
        );
    }
}
