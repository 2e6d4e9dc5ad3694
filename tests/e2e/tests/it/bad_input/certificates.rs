//! Certificates that must not sign: refused before the token is asked for a signature and, where a file names the
//! certificate, before anybody's PIN is used.

use anyhow::{Result, ensure};
use lab::responder::{CrlFault, Faults, OcspFault, Transport};

use super::Case;
use super::attempt::{Bench, text};

pub(super) const CASES: &[Case] = &[
    ("certificate expired, not yet valid, revoked, untrusted", bad_holders),
    ("certificate not for signing", not_for_signing),
    ("certificate unreadable", unreadable),
    ("no trust configured", nothing_trusted),
    ("status unknown", status_unknown),
    ("lying OCSP responder", lying_ocsp),
    ("status servers lie or fail", no_status),
    ("slow status servers", slow_status),
];

fn bad_holders(bench: &mut Bench) -> Result<()> {
    let holders = [
        ("expired", "expired", "đã hết hạn từ", "expired at"),
        ("not-yet-valid", "not_yet_valid", "chưa có hiệu lực", "not valid before"),
        ("revoked", "revoked", "đã bị thu hồi", "was revoked at"),
        ("untrusted", "untrusted", "--trust", "--trust"),
    ];
    for (holder, code, vi, en) in holders {
        let on_token = bench.sign(&format!("certificate {code}")).by(holder).asks(1, 0);
        on_token.refused(code, vi, en)?;
        let pem = bench.desk.lab.certificate(holder)?.pem_path.clone();
        let in_file = bench.sign(&format!("certificate {code}, given by --cert")).by(holder);
        in_file.option("--cert", pem).asks(0, 0).refused(code, vi, en)?;
    }
    Ok(())
}

fn not_for_signing(bench: &mut Bench) -> Result<()> {
    for holder in ["tsa", "issuing", "ocsp"] {
        let attempt = bench.sign(&format!("certificate of {holder}")).by(holder).asks(1, 0);
        attempt.refused(
            "not_for_signing",
            "không dùng để ký văn bản",
            "not for signing documents",
        )?;
    }
    Ok(())
}

fn unreadable(bench: &mut Bench) -> Result<()> {
    let pem = bench.desk.write("sai.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n")?;
    let attempt = bench.sign("certificate file unreadable").option("--cert", pem).asks(0, 0);
    attempt.fails("file_unreadable", "sai.pem", "sai.pem")?;
    let attempt = bench.sign("no such certificate file");
    let attempt = attempt.option("--cert", "khong-co.pem").asks(0, 0);
    attempt.fails("file_missing", "khong-co.pem", "khong-co.pem")
}

fn nothing_trusted(bench: &mut Bench) -> Result<()> {
    let empty = bench.desk.path("khong-goc");
    std::fs::create_dir(&empty)?;
    let attempt = bench.sign("no anchor at all").option("--trust", empty);
    attempt.refused("untrusted", "--trust", "--trust")
}

/// Without network and without lists: refused, unless the caller wants it all the same.
fn status_unknown(bench: &mut Bench) -> Result<()> {
    let issuing = bench.desk.lab.certificate("issuing")?.pem_path.clone();
    let refused = bench.sign("status unknown").word("--offline").option("--chain", &issuing);
    refused.asks(1, 0).refused(
        "status_unknown",
        "--allow-unknown-status",
        "--allow-unknown-status",
    )?;
    let written = bench.sign("status unknown, allowed").word("--offline");
    written.option("--chain", &issuing).word("--allow-unknown-status").asks(1, 1).writes(
        "signed_status_unknown",
        "CHƯA XÁC ĐỊNH",
        "UNKNOWN",
    )?;
    let (report, exit) = bench.desk.verified(&bench.output, &["--offline"])?;
    let signature = &report["signatures"][0];
    ensure!(exit == 1 && report["conclusion"] == "INDETERMINATE", "{report}");
    ensure!(text(signature, "sub_indication")? == "TRY_LATER", "{signature}");

    // Permission to do without is none to overlook what is known.
    std::fs::remove_file(&bench.output)?;
    let lists = bench.desk.lab.crl_dir();
    let revoked = bench.sign("revoked, though unknown is allowed").by("revoked").asks(1, 0);
    let revoked = revoked.word("--offline").word("--allow-unknown-status").option("--crl", lists);
    revoked.option("--chain", issuing).refused("revoked", "đã bị thu hồi", "was revoked at")
}

/// The list tells the truth where the responder does not: a revoked certificate stays revoked.
fn lying_ocsp(bench: &mut Bench) -> Result<()> {
    for ocsp in LIES {
        bench.servers(Faults { ocsp, ..Faults::default() });
        let attempt = bench.sign(&format!("revoked, OCSP {ocsp:?}")).by("revoked").asks(1, 0);
        attempt.refused("revoked", "đã bị thu hồi", "was revoked at")?;
    }
    Ok(())
}

const LIES: [OcspFault; 5] = [
    OcspFault::WrongSigner,
    OcspFault::OldThisUpdate,
    OcspFault::BrokenSignature,
    OcspFault::Unknown,
    OcspFault::TryLater,
];

fn no_status(bench: &mut Bench) -> Result<()> {
    let (who, words) = ("hay không: Nguyễn Hữu Phước An.", "give a CRL by --crl");
    // Of the authority enough is known.
    let root_list = bench.desk.lab.crl_dir().join("root.crl");
    let issuing = bench.desk.lab.certificate("issuing")?.pem_path.clone();
    let saying = [
        (OcspFault::WrongSigner, CrlFault::Missing),
        (OcspFault::BrokenSignature, CrlFault::BrokenSignature),
        (OcspFault::OldThisUpdate, CrlFault::Stale),
        (OcspFault::WrongNonce, CrlFault::Missing),
        (OcspFault::Unknown, CrlFault::Missing),
        (OcspFault::TryLater, CrlFault::Missing),
    ];
    for (ocsp, crl) in saying {
        bench.servers(Faults { ocsp, crl, ..Faults::default() });
        let attempt = bench.sign(&format!("OCSP {ocsp:?}, CRL {crl:?}")).asks(1, 0);
        attempt.option("--crl", &root_list).refused("status_unknown", who, words)?;
    }
    let delivered = [
        ("huge", Transport::Huge(64 << 20)),
        ("HTTP 500", Transport::ServerError),
        ("a web page", Transport::NotDer),
        ("a redirect", Transport::Redirect),
    ];
    for (name, how) in delivered {
        bench.servers(Faults { ocsp_transport: how, crl_transport: how, ..Faults::default() });
        let attempt = bench.sign(&format!("OCSP and CRL: {name}")).asks(1, 0);
        let attempt = attempt.option("--crl", &root_list).option("--chain", &issuing);
        attempt.refused("status_unknown", who, words)?;
    }
    Ok(())
}

fn slow_status(bench: &mut Bench) -> Result<()> {
    let how = Transport::Slow(std::time::Duration::from_secs(30));
    bench.servers(Faults { ocsp_transport: how, crl_transport: how, ..Faults::default() });
    let config = bench.quick_config()?;
    let issuing = bench.desk.lab.certificate("issuing")?.pem_path.clone();
    let attempt = bench.sign("OCSP and CRL: slow").option("--config", config).asks(1, 0);
    attempt.option("--chain", issuing).within(15).refused("status_unknown", "--crl", "--crl")
}
