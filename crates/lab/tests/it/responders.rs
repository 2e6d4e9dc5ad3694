use std::ffi::OsString;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;
use lab::responder::{self, CrlFault, Faults, OcspFault, Running, StartError, Transport, TsaFault};

use crate::{lab, openssl};

fn start(faults: Faults) -> Running {
    responder::start(&lab(), any_port(), faults).unwrap()
}

fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// One HTTP/1.1 exchange: status line and body.
fn http(to: &Running, method: &str, path: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(to.address).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: pki.lab.antin.invalid\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let status = String::from_utf8_lossy(&answer).lines().next().unwrap().to_owned();
    (status, answer.split_off(end + 4))
}

/// Asks for a timestamp of some text with openssl's own request, and has openssl judge the reply.
fn timestamp(to: &Running, dir: &Path, digest: &str, with_certificate: bool) -> (bool, String) {
    let lab = lab();
    let (data, query, reply) = (dir.join("data"), dir.join("query"), dir.join("reply"));
    fs::write(&data, "Kết quả thủ tục hành chính").unwrap();
    let mut args: Vec<OsString> =
        vec!["ts".into(), "-query".into(), digest.into(), "-data".into(), (&data).into()];
    args.extend(["-out".into(), (&query).into()]);
    if with_certificate {
        args.push("-cert".into());
    }
    assert!(openssl(args).0);
    let (status, body) = http(to, "POST", "/tsa", &fs::read(&query).unwrap());
    assert!(status.contains("200"), "{status}");
    fs::write(&reply, body).unwrap();

    let tsa = &lab.certificate("tsa").unwrap().pem_path;
    let issuing = &lab.certificate("issuing").unwrap().pem_path;
    let both = dir.join("untrusted.pem");
    fs::write(&both, [fs::read(tsa).unwrap(), fs::read(issuing).unwrap()].concat()).unwrap();
    let mut args: Vec<OsString> = vec!["ts".into(), "-verify".into()];
    for (flag, path) in [
        ("-queryfile", &query),
        ("-in", &reply),
        ("-CAfile", &lab.trust_dir().join("root.pem")),
        ("-untrusted", &both),
    ] {
        args.extend([flag.into(), path.into()]);
    }
    openssl(args)
}

#[test]
fn openssl_accepts_timestamps() {
    let running = start(Faults::default());
    let dir = tempfile::tempdir().unwrap();
    for digest in ["-sha256", "-sha384", "-sha512"] {
        for with_certificate in [true, false] {
            let (ok, said) = timestamp(&running, dir.path(), digest, with_certificate);
            assert!(ok && said.contains("Verification: OK"), "{digest}: {said}");
        }
    }
    let text = openssl([
        OsString::from("ts"),
        "-reply".into(),
        "-text".into(),
        "-in".into(),
        dir.path().join("reply").into(),
    ])
    .1;
    assert!(text.contains("Status: Granted.") && text.contains("Accuracy: 0x01 seconds"), "{text}");
}

#[test]
fn openssl_refuses_each_lie_of_the_tsa() {
    let running = start(Faults::default());
    let dir = tempfile::tempdir().unwrap();
    let cases = [
        (TsaFault::WrongImprint, "message imprint mismatch"),
        (TsaFault::WrongNonce, "nonce mismatch"),
        (TsaFault::WrongKey, "signature failure"),
        (TsaFault::ExpiredCertificate, "certificate has expired"),
        (TsaFault::Refuses, "the lab refuses"),
    ];
    for (tsa, why) in cases {
        running.set_faults(Faults { tsa, ..Faults::default() });
        let (ok, said) = timestamp(&running, dir.path(), "-sha256", true);
        assert!(!ok && said.contains(why), "{tsa:?}: {said}");
    }
    // Openssl does not compare with its clock: the time is simply another one.
    running.set_faults(Faults {
        tsa: TsaFault::TimeOff(SignedDuration::from_hours(-24 * 365)),
        ..Faults::default()
    });
    let (ok, _) = timestamp(&running, dir.path(), "-sha256", true);
    assert!(ok);
}

#[test]
fn requests_that_are_none_are_answered_as_such() {
    let running = start(Faults::default());
    let (status, body) = http(&running, "POST", "/tsa", b"not DER");
    assert!(status.contains("200") && body.get(4..7) == Some(&[2, 1, 2]), "{status} {body:02x?}");
    let (status, body) = http(&running, "POST", "/ocsp", &[0x30, 0x80, 0, 0]);
    assert!(status.contains("200") && body == [0x30, 3, 0x0a, 1, 1], "{status} {body:02x?}");
    // SHA-1 imprints are refused with badAlg.
    let dir = tempfile::tempdir().unwrap();
    let (ok, said) = timestamp(&running, dir.path(), "-sha1", true);
    assert!(!ok && said.contains("SHA-256, SHA-384 or SHA-512 only"), "{said}");
}

fn ocsp(to: &Running, dir: &Path, name: &str, more: &[&str]) -> (bool, String) {
    let lab = lab();
    let path = |name: &str| lab.certificate(name).unwrap().pem_path.clone();
    let mut args: Vec<OsString> = vec!["ocsp".into(), "-url".into(), to.ocsp_url().into()];
    for (flag, path) in [
        ("-issuer", path("issuing")),
        ("-cert", path(name)),
        ("-CAfile", lab.trust_dir().join("root.pem")),
        ("-verify_other", path("issuing")),
        ("-respout", dir.join("response")),
    ] {
        args.extend([flag.into(), path.into_os_string()]);
    }
    args.extend(more.iter().map(Into::into));
    openssl(args)
}

#[test]
fn openssl_understands_ocsp_answers() {
    let running = start(Faults::default());
    let dir = tempfile::tempdir().unwrap();
    for hash in ["-sha1", "-sha256"] {
        // openssl takes the hash for the certificates named after it.
        let official = lab().certificate("official").unwrap().pem_path.clone();
        let good =
            ocsp(&running, dir.path(), "official", &[hash, "-cert", official.to_str().unwrap()]).1;
        assert_eq!(good.matches("official.pem: good").count(), 2, "{hash}: {good}");
        assert!(
            good.contains("Response verify OK") && good.contains("official.pem: good"),
            "{hash}: {good}"
        );
    }
    let revoked = ocsp(&running, dir.path(), "revoked", &[]).1;
    assert!(
        revoked.contains("Response verify OK") && revoked.contains("revoked.pem: revoked"),
        "{revoked}"
    );
    assert!(revoked.contains("Reason: keyCompromise"), "{revoked}");
    let unknown = ocsp(&running, dir.path(), "official", &["-serial", "0x4711"]).1;
    assert!(
        unknown.contains("Response verify OK") && unknown.contains("0x4711: unknown"),
        "{unknown}"
    );
    assert!(!unknown.contains("no nonce in response"), "{unknown}");

    // Another authority's certificate: no answer is authorised.
    let lab = lab();
    let root = lab.trust_dir().join("root.pem").into_os_string();
    let issuing = lab.certificate("issuing").unwrap().pem_path.clone().into_os_string();
    let (_, said) = openssl([
        "ocsp".into(),
        "-url".into(),
        running.ocsp_url().into(),
        "-issuer".into(),
        root.clone(),
        "-cert".into(),
        issuing,
        "-CAfile".into(),
        root,
    ]);
    assert!(said.contains("unauthorized"), "{said}");
}

#[test]
fn ocsp_by_get_is_the_same_answer() {
    let running = start(Faults::default());
    let lab = lab();
    let dir = tempfile::tempdir().unwrap();
    let request = dir.path().join("request");
    let (ok, said) = openssl([
        "ocsp".into(),
        "-no_nonce".into(),
        "-issuer".into(),
        lab.certificate("issuing").unwrap().pem_path.clone().into_os_string(),
        "-cert".into(),
        lab.certificate("official").unwrap().pem_path.clone().into_os_string(),
        "-reqout".into(),
        request.clone().into_os_string(),
    ]);
    assert!(ok, "{said}");
    let encoded = openssl([OsString::from("base64"), "-A".into(), "-in".into(), request.into()]).1;
    let encoded = encoded.trim().replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let (status, body) = http(&running, "GET", &format!("/ocsp/{encoded}"), b"");
    assert!(status.contains("200"), "{status}");
    let response = dir.path().join("response");
    fs::write(&response, body).unwrap();
    let text = openssl([
        OsString::from("ocsp"),
        "-noverify".into(),
        "-resp_text".into(),
        "-respin".into(),
        response.into(),
    ])
    .1;
    assert!(text.contains("Cert Status: good"), "{text}");
}

#[test]
fn openssl_refuses_each_lie_of_the_ocsp_responder() {
    let running = start(Faults::default());
    let dir = tempfile::tempdir().unwrap();
    let cases = [
        (OcspFault::TryLater, "trylater"),
        (OcspFault::WrongSigner, "Response Verify Failure"),
        (OcspFault::BrokenSignature, "Response Verify Failure"),
        (OcspFault::OldThisUpdate, "Status times invalid"),
        (OcspFault::Unknown, "official.pem: unknown"),
        (OcspFault::WrongNonce, "Nonce Verify error"),
    ];
    for (ocsp_fault, why) in cases {
        running.set_faults(Faults { ocsp: ocsp_fault, ..Faults::default() });
        let (_, said) = ocsp(&running, dir.path(), "official", &[]);
        assert!(said.contains(why), "{ocsp_fault:?}: {said}");
    }
}

#[test]
fn crls_and_issuers_are_served() {
    let running = start(Faults::default());
    let dir = tempfile::tempdir().unwrap();
    let text = |body: Vec<u8>| {
        let path = dir.path().join("crl");
        fs::write(&path, body).unwrap();
        let issuing = lab().certificate("issuing").unwrap().pem_path.clone().into_os_string();
        openssl([
            "crl".into(),
            "-inform".into(),
            "DER".into(),
            "-noout".into(),
            "-text".into(),
            "-CAfile".into(),
            issuing,
            "-in".into(),
            path.into_os_string(),
        ])
        .1
    };
    let crl = text(http(&running, "GET", "/crl/issuing.crl", b"").1);
    assert!(crl.contains("verify OK") && crl.contains("Key Compromise"), "{crl}");
    let (status, _) = http(&running, "GET", "/crl/official.crl", b"");
    assert!(status.contains("404"), "{status}");
    let (_, issuer) = http(&running, "GET", "/crt/issuing.crt", b"");
    assert_eq!(issuer, lab().certificate("issuing").unwrap().der);

    running.set_faults(Faults { crl: CrlFault::BrokenSignature, ..Faults::default() });
    assert!(text(http(&running, "GET", "/crl/issuing.crl", b"").1).contains("verify failure"));
    running.set_faults(Faults { crl: CrlFault::Missing, ..Faults::default() });
    assert!(http(&running, "GET", "/crl/issuing.crl", b"").0.contains("404"));
    running.set_faults(Faults { crl: CrlFault::Stale, ..Faults::default() });
    assert!(text(http(&running, "GET", "/crl/issuing.crl", b"").1).contains("verify OK"));
    assert_eq!(running.requests().iter().filter(|r| *r == "GET /crl/issuing.crl").count(), 4);
}

#[test]
fn delivery_can_fail_in_every_way() {
    let running = start(Faults::default());
    let get = || http(&running, "GET", "/crt/issuing.crt", b"");
    let set = |crl_transport| running.set_faults(Faults { crl_transport, ..Faults::default() });
    set(Transport::ServerError);
    assert!(get().0.contains("500"));
    set(Transport::NotDer);
    assert!(get().1.starts_with(b"<html>"));
    set(Transport::Redirect);
    assert!(get().0.contains("302"));
    set(Transport::Huge(3_000_000));
    assert!(get().1.len() > 3_000_000);
    set(Transport::Slow(Duration::from_millis(300)));
    let before = std::time::Instant::now();
    assert!(get().0.contains("200"));
    assert!(before.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_taken_port_is_named_and_a_stopped_one_is_free() {
    let running = start(Faults::default());
    let address = running.address;
    let second = responder::start(&lab(), address, Faults::default());
    assert!(matches!(second, Err(StartError::PortTaken(a)) if a == address));
    // A client that keeps its connection open must not hold us up.
    let _idle = TcpStream::connect(address).unwrap();
    running.stop();
    assert!(TcpStream::connect(address).is_err());
}
