//! Timestamp authorities that are down or lie: the token has signed by then, but nothing is written.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::SignedDuration;
use lab::responder::{Faults, Transport, TsaFault};

use super::Case;
use super::attempt::Bench;

pub(super) const CASES: &[Case] = &[
    ("TSA slow", slow),
    ("TSA down", down),
    ("TSA lies", lies),
    ("TSA refuses", refuses),
    ("TSA cannot be trusted", not_trusted),
    ("TSA answers what is no answer", no_answer),
    ("TSA not named", not_named),
];

fn slow(bench: &mut Bench) -> Result<()> {
    let how = Transport::Slow(Duration::from_secs(30));
    bench.servers(Faults { tsa_transport: how, ..Faults::default() });
    let config = bench.quick_config()?;
    let attempt = bench.sign("TSA slow").option("--level", "t").option("--config", config);
    attempt.within(10).asks(1, 1).fails("tsa_down", "quá thời gian", "none in time")
}

fn down(bench: &mut Bench) -> Result<()> {
    // A port that was just free: nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let url = format!("http://127.0.0.1:{port}/tsa");
    let attempt = bench.sign("TSA down").option("--level", "t").option("--tsa", &url);
    attempt.asks(1, 1).fails("tsa_down", &url, &url)?;
    let url = "http://tsa.antin.invalid/";
    let attempt = bench.sign("TSA name unknown").option("--level", "t").option("--tsa", url);
    attempt.asks(1, 1).fails("tsa_down", url, url)
}

fn lies(bench: &mut Bench) -> Result<()> {
    for (name, tsa) in
        [("another imprint", TsaFault::WrongImprint), ("another nonce", TsaFault::WrongNonce)]
    {
        bench.servers(Faults { tsa, ..Faults::default() });
        let attempt = bench.sign(&format!("TSA answers {name}")).option("--level", "t");
        attempt.asks(1, 1).fails("tsa_lied", "không đúng câu hỏi", "not to our question")?;
    }
    Ok(())
}

fn refuses(bench: &mut Bench) -> Result<()> {
    bench.servers(Faults { tsa: TsaFault::Refuses, ..Faults::default() });
    let attempt = bench.sign("TSA rejects").option("--level", "t").asks(1, 1);
    attempt.fails("tsa_refused", "máy chủ từ chối", "the server refused")
}

fn not_trusted(bench: &mut Bench) -> Result<()> {
    for (name, tsa) in [
        ("signed by another key", TsaFault::WrongKey),
        ("certificate expired", TsaFault::ExpiredCertificate),
        ("a year ahead", TsaFault::TimeOff(SignedDuration::from_hours(365 * 24))),
        ("a year behind", TsaFault::TimeOff(SignedDuration::from_hours(-365 * 24))),
    ] {
        bench.servers(Faults { tsa, ..Faults::default() });
        let attempt = bench.sign(&format!("TSA, {name}")).option("--level", "t").asks(1, 1);
        attempt
            .fails("tsa_not_trusted", "không ghi tệp nào", "no file was written")
            .context(name)?;
    }
    Ok(())
}

fn no_answer(bench: &mut Bench) -> Result<()> {
    let all = [
        ("HTTP 500", Transport::ServerError, "tsa_down", "HTTP 500"),
        ("a web page", Transport::NotDer, "tsa_lied", "không đọc được"),
        ("64 MB", Transport::Huge(64 << 20), "tsa_lied", "lớn hơn"),
        ("a redirect", Transport::Redirect, "tsa_down", "chuyển hướng"),
    ];
    for (name, how, code, vi) in all {
        bench.servers(Faults { tsa_transport: how, ..Faults::default() });
        let attempt = bench.sign(&format!("TSA answers {name}")).option("--level", "t").asks(1, 1);
        attempt.fails(code, vi, "Try again, name another server by --tsa")?;
    }
    Ok(())
}

fn not_named(bench: &mut Bench) -> Result<()> {
    let config = bench.desk.write("trong.toml", b"")?;
    let attempt = bench.sign("TSA not named").option("--level", "t").asks(0, 0);
    attempt.option("--config", config).fails("usage", "--tsa", "--tsa")?;
    let attempt = bench.sign("TSA wanted, network not").option("--level", "t").asks(0, 0);
    attempt.word("--offline").fails("usage", "--offline", "--offline")
}
