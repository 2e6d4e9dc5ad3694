//! PINs and tokens.

use std::fs;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, ensure};

use super::Case;
use super::attempt::Bench;

pub(super) const CASES: &[Case] = &[
    ("slow token", slow),
    ("killed while the token signs", killed),
    ("wrong PIN", wrong_pin),
    ("what the token tells of the tries left", tries_left),
    ("PIN locked", locked),
    ("PIN too short", short_pin),
    ("PIN expired", expired_pin),
    ("no PIN", no_pin),
    ("token absent", absent),
    ("module wrong", module),
    ("key absent", key),
    ("token fails while signing", while_signing),
    ("token answers a wrong value", wrong_value),
];

/// SoftHSM2 itself: one try, then what its flags say. The holder is one whom no other test logs in.
fn wrong_pin(bench: &mut Bench) -> Result<()> {
    let right = fs::read_to_string(bench.desk.lab.pin_file("seal-vn"))?;
    // Another PIN of the same length.
    let wrong: String = right.trim().chars().map(|c| if c == '0' { '1' } else { '0' }).collect();
    let file = bench.desk.write("pin", wrong.as_bytes())?;
    let attempt = bench.sign("wrong PIN").by("seal-vn").option("--pin-file", file).asks(1, 0);
    attempt.refused("pin_incorrect", "số lần thử còn ít", "few tries are left")?;
    let told = bench.rows.last().map(|row| row.sentence.clone()).unwrap_or_default();
    ensure!(!told.contains(&wrong), "the PIN was shown");
    // The right PIN is still taken, and ends the warning.
    bench
        .sign("right PIN after a wrong one")
        .by("seal-vn")
        .asks(1, 1)
        .writes("signed", "Đã ký", "Signed")
}

fn tries_left(bench: &mut Bench) -> Result<()> {
    let one = bench.sign("wrong PIN, one try left").asks(1, 0);
    one.token("login=pin_incorrect\nflags=final_try").refused(
        "pin_incorrect",
        "Chỉ còn MỘT lần thử",
        "ONE try is left",
    )?;
    let none = bench.sign("wrong PIN, which locks it").asks(0, 0);
    none.token("login=pin_incorrect\nflags=locked").refused("pin_locked", "bị khóa", "locked")?;
    let untold = bench.sign("wrong PIN, the token tells nothing").asks(1, 0);
    untold.token("login=pin_incorrect").refused("pin_incorrect", "đã thử một lần", "tried once")
}

fn locked(bench: &mut Bench) -> Result<()> {
    let words = ("Hãy liên hệ nơi cấp", "Ask the issuer");
    let at_login = bench.sign("PIN locked, told at login").token("login=pin_locked").asks(1, 0);
    at_login.refused("pin_locked", words.0, words.1)?;
    let before = bench.sign("PIN locked, told before").token("flags=locked").asks(0, 0);
    before.refused("pin_locked", words.0, words.1)
}

fn short_pin(bench: &mut Bench) -> Result<()> {
    for (case, pin) in [("PIN too short", "12\n"), ("PIN empty", "\n")] {
        let file = bench.desk.write("pin", pin.as_bytes())?;
        let attempt = bench.sign(case).option("--pin-file", file).asks(0, 0);
        attempt.refused("pin_length", "không mất lần thử nào", "no try was lost")?;
    }
    Ok(())
}

fn expired_pin(bench: &mut Bench) -> Result<()> {
    let attempt = bench.sign("PIN expired").token("login=pin_expired").asks(1, 0);
    attempt.refused("pin_expired", "Hãy đổi PIN", "Change it")
}

fn no_pin(bench: &mut Bench) -> Result<()> {
    let absent = bench.desk.path("khong-co.pin");
    let attempt = bench.sign("PIN file absent").option("--pin-file", absent).asks(0, 0);
    attempt.fails("file_missing", "khong-co.pin", "khong-co.pin")?;
    // The program would ask on the terminal of whoever runs the tests: only without one.
    if fs::File::open("/dev/tty").is_ok() {
        return Ok(());
    }
    let attempt = bench.sign("no PIN file, no terminal").without("--pin-file").asks(0, 0);
    attempt.fails("pin_missing", "--pin-file", "--pin-file")
}

fn absent(bench: &mut Bench) -> Result<()> {
    let unknown = bench.sign("token unknown").option("--token", "CHU-TICH").asks(0, 0);
    unknown.fails("token_absent", "Đang thấy: ", "official2")?;
    let none = bench.sign("no token in any slot").token("slots=empty").asks(0, 0);
    none.fails("token_absent", "Không có thiết bị nào đang cắm", "No token is plugged in")
}

fn module(bench: &mut Bench) -> Result<()> {
    let nowhere = bench.desk.path("khong-co.so");
    let attempt = bench.sign("module not there").option("--module", nowhere).asks(0, 0);
    attempt.fails("token_module_not_found", "khong-co.so", "khong-co.so")?;
    let no_library = bench.document.clone();
    let attempt = bench.sign("module is no library").option("--module", no_library).asks(0, 0);
    attempt.fails("token_module_unusable", "ban-trinh.pdf", "ban-trinh.pdf")
}

fn key(bench: &mut Bench) -> Result<()> {
    let attempt = bench.sign("key unknown").option("--key", "khoa-khac").asks(1, 0);
    attempt.fails("key_not_found", "official-p256", "official-p256")
}

fn while_signing(bench: &mut Bench) -> Result<()> {
    let removed = bench.sign("token removed while signing").token("sign=device_removed").asks(1, 1);
    removed.fails("token_removed", "Hãy cắm lại", "Plug it in")?;
    let lost = bench.sign("session lost while signing").token("sign=session_invalid").asks(1, 1);
    lost.fails("token_session_lost", "Hãy ký lại", "Sign again")?;
    let broken = bench.sign("token reports an error").token("sign=device_error").asks(1, 1);
    broken.fails("token_error", "C_Sign", "CKR_DEVICE_ERROR")
}

fn wrong_value(bench: &mut Bench) -> Result<()> {
    let attempt = bench.sign("token answers a wrong value").token("sign=wrong_value").asks(1, 1);
    attempt.refused("key_mismatch", "Không ghi tệp nào", "No file was written")?;
    let other = bench.desk.lab.certificate("official2")?.pem_path.clone();
    let attempt = bench.sign("certificate of another key").option("--cert", other).asks(1, 1);
    attempt.refused("key_mismatch", "Không ghi tệp nào", "No file was written")
}

fn slow(bench: &mut Bench) -> Result<()> {
    let began = Instant::now();
    let attempt = bench.sign("slow token").token("sign=slow:2000").asks(1, 1);
    attempt.writes("signed", "Đã ký", "Signed")?;
    ensure!(began.elapsed().as_secs() >= 2, "it did not wait for the token");
    Ok(())
}

/// SIGKILL cannot be answered; the target must be as it was all the same.
fn killed(bench: &mut Bench) -> Result<()> {
    fs::write(&bench.output, b"ban truoc")?;
    bench.control.set("sign=slow:20000")?;
    let attempt = bench.sign("killed while the token signs");
    let words = attempt.all_words();
    let mut child = bench.command(&words)?.spawn()?;
    let began = Instant::now();
    while bench.control.signatures() == 0 {
        ensure!(began.elapsed().as_secs() < 20, "the token was never asked");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.kill()?;
    let done = child.wait_with_output()?.into();
    ensure!(fs::read(&bench.output)? == b"ban truoc", "the target was touched");
    for entry in fs::read_dir(bench.desk.path("ra"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        ensure!(name == "da-ky.pdf", "left behind: {name}");
    }
    let kept = "(SIGKILL: tệp đích còn nguyên như trước)";
    bench.row("killed while the token signs", &done, "—", kept);

    // The token and the folder serve the next one.
    let attempt = bench.sign("signed after a kill").asks(1, 1);
    attempt.writes("signed", "Đã ký", "Signed")?;
    let checked = Command::new("qpdf").arg("--check").arg(&bench.output).output()?;
    ensure!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    Ok(())
}
