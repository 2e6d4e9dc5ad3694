"""Asks every outside judge about a list of signed files, once, and prints one table.

tests/judges/run --trust PEM… [--cert PEM…] [--crl DER…] [--ocsp DER…] [--at RFC3339]
                 [--password-file F] --list FILE --out DIR

Each line of the list: PATH [TAB LEVELS [TAB PDFA]]
  LEVELS  B, T, LT or LTA for every signature, or one for each (B,T,B); - not asked;
          `refused`: the file was spoilt, every judge of signatures must refuse it;
          `unsigned`: only the form is looked at (qpdf, veraPDF)
  PDFA    veraPDF's profile (2b, …) that the file must meet; left out: not asked

Exit 0: every judge said what was expected. 1: some did not. 2: a judge is missing or broke.
results.json in DIR: {file: {judge: {"verdict": "accepted" | "refused", "detail": words}}}.
"""

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cut

ROOT = Path(__file__).resolve().parents[3]
VAR = ROOT / "var" / "judges"
HERE = Path(__file__).resolve().parent

# The official's signature and the agency's seal overlap because NĐ 30 wants them to.
ALLOWED_DSS_WARNINGS = ("BBB_FC_IAOD_ANS",)
UNCHANGED_ENOUGH = ("NONE", "LTA_UPDATES", "FORM_FILLING")


@dataclass
class Entry:
    path: str
    levels: list[str] = field(default_factory=list)
    pdfa: str | None = None
    refused: bool = False
    unsigned: bool = False


def main() -> int:
    args = arguments()
    missing = [f"{what}: {where}" for what, there, where in parts() if not there]
    if missing:
        print("judges: missing, run `make setup`:", *missing, sep="\n  ", file=sys.stderr)
        return 2
    entries = read_list(args.list)
    out = Path(args.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    results = ask(entries, args, out)
    (out / "results.json").write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    wrong = unexpected(entries, results)
    table(entries, results)
    for path, judge, words in wrong:
        print(f"NOT AS EXPECTED {path}\n  {judge}: {words}")
    print(f"{len(entries)} files, {len(JUDGES)} judges: " + ("all as expected" if not wrong else f"{len(wrong)} answers not as expected"))
    return 1 if wrong else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trust", action="append", required=True)
    for flag in ("--cert", "--crl", "--ocsp"):
        parser.add_argument(flag, action="append", default=[])
    parser.add_argument("--at")
    parser.add_argument("--password-file")
    parser.add_argument("--list", required=True)
    parser.add_argument("--out", required=True)
    return parser.parse_args()


def parts():
    """What must be there, and where it comes from."""
    yield "java", shutil.which("java"), "Debian openjdk-17-jdk-headless"
    yield "EU DSS", (VAR / "dss/classes/Judge.class").exists(), "Maven eu.europa.ec.joinup.sd-dss:dss-bom:6.4 (tests/judges/dss/pom.xml)"
    yield "veraPDF", any((VAR / "verapdf/lib").glob("greenfield-apps-*.jar")), "Maven org.verapdf.apps:greenfield-apps:1.28.2"
    yield "pdfsig", shutil.which("pdfsig"), "Debian poppler-utils"
    yield "certutil, crlutil", shutil.which("certutil") and shutil.which("crlutil"), "Debian libnss3-tools"
    yield "qpdf", shutil.which("qpdf"), "Debian qpdf"
    yield "openssl", shutil.which("openssl"), "Debian openssl"
    try:
        import pyhanko  # noqa: F401

        there = True
    except ImportError:
        there = False
    yield "pyHanko", there, "PyPI pyHanko[pkcs11]"


def read_list(path: str) -> list[Entry]:
    entries = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        name, *rest = line.split("\t")
        levels = rest[0] if rest else "-"
        entry = Entry(path=name, pdfa=rest[1] if len(rest) > 1 and rest[1] not in ("", "-") else None)
        if levels == "refused":
            entry.refused = True
        elif levels == "unsigned":
            entry.unsigned = True
        elif levels not in ("", "-"):
            entry.levels = [f"PAdES-BASELINE-{level}" for level in levels.split(",")]
        entries.append(entry)
    return entries


def ask(entries: list[Entry], args, out: Path) -> dict:
    """Java beside Python on two cores; the rest are small processes."""
    signed = [e for e in entries if not e.unsigned]
    plain = out / "files.txt"
    plain.write_text("".join(e.path + "\n" for e in signed))
    nss = nss_database(args, out)
    bundle = out / "certificates.pem"
    bundle.write_text("".join(pem(c) for c in args.cert))
    anchors = out / "anchors.pem"
    anchors.write_text("".join(pem(c) for c in args.trust))
    with ThreadPoolExecutor(2) as pool:
        java = pool.submit(lambda: (dss(signed, args, plain, out), verapdf(entries)))
        rest = pool.submit(
            lambda: (
                pyhanko(signed, args, plain),
                {e.path: pdfsig(e, args, nss) for e in signed},
                {e.path: qpdf(e, args) for e in entries},
                {e.path: openssl_cms(e, args, anchors, bundle, out) for e in signed},
            )
        )
        by_judge = dict(zip(JUDGES, (*java.result(), *rest.result())))
    return {e.path: {j: by_judge[j][e.path] for j in JUDGES if e.path in by_judge[j]} for e in entries}


JUDGES = ("dss", "verapdf", "pyhanko", "pdfsig", "qpdf", "openssl")
# These speak of the signature; the other two speak of the form of the file.
OF_SIGNATURES = ("dss", "pyhanko", "pdfsig", "openssl")


def pem(path: str) -> str:
    text = Path(path).read_bytes()
    if b"-----BEGIN" in text:
        return text.decode("ascii", "replace")
    return run(["openssl", "x509", "-inform", "DER", "-in", path]).stdout


def run(command, **more) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, errors="replace", timeout=900, stdin=subprocess.DEVNULL, **more
    )


def verdict(problems: list[str], words: str) -> dict:
    if problems:
        return {"verdict": "refused", "detail": "; ".join(dict.fromkeys(problems))}
    return {"verdict": "accepted", "detail": words}


def json_lines(command, judge: str, entries: list[Entry]) -> dict:
    done = run(command)
    answers = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            answer = json.loads(line)
            answers[answer["file"]] = answer
    unanswered = [e.path for e in entries if e.path not in answers]
    if done.returncode != 0 or unanswered:
        print(done.stderr[-3000:], file=sys.stderr)
        print(f"judges: {judge} broke (exit {done.returncode}), no answer about {unanswered[:3]}", file=sys.stderr)
        sys.exit(2)
    return answers


def world(args) -> list[str]:
    flags = []
    for flag, values in (("--trust", args.trust), ("--cert", args.cert), ("--crl", args.crl), ("--ocsp", args.ocsp)):
        for value in values:
            flags += [flag, value]
    for flag, value in (("--at", args.at), ("--password-file", args.password_file)):
        if value:
            flags += [flag, value]
    return flags


# EU DSS -------------------------------------------------------------------------------------


def dss(entries: list[Entry], args, plain: Path, out: Path) -> dict:
    path = f"{VAR}/dss/classes:{VAR}/dss/lib/*"
    command = ["java", "-Xmx1g", "-Djava.awt.headless=true", "-cp", path, "Judge", *world(args), "--list", plain]
    answers = json_lines(command, "EU DSS", entries)
    with open(out / "dss.jsonl", "w", encoding="utf-8") as f:
        f.writelines(json.dumps(a, ensure_ascii=False) + "\n" for a in answers.values())
    return {e.path: dss_verdict(e, answers[e.path]) for e in entries}


def dss_verdict(entry: Entry, answer: dict) -> dict:
    if answer.get("error"):
        return verdict([answer["error"]], "")
    problems, levels = [], []
    for s in answer["signatures"]:
        name = ",".join(s["fields"])
        levels.append(s["level"])
        if s["indication"] != "TOTAL_PASSED":
            problems.append(f"{name} {s['indication']} {s['sub_indication'] or ''} {'; '.join(s['errors'])}".strip())
        problems += [f"{name} warns {w}" for w in s["warnings"] if not w.startswith(ALLOWED_DSS_WARNINGS)]
        problems += [f"{name} undefined change {c}" for c in s["undefined_changes"]]
    for t in answer["timestamps"]:
        if t["indication"] != "PASSED":
            problems.append(f"{t['type']} {t['indication']} {t['sub_indication'] or ''}")
    if not levels:
        problems.append("no signature")
    if not levels_agree(entry.levels, levels):
        problems.append(f"levels {levels}, expected {entry.levels}")
    overlap = any(w.startswith(ALLOWED_DSS_WARNINGS) for s in answer["signatures"] for w in s["warnings"])
    short = ",".join(level.replace("PAdES-BASELINE-", "") for level in levels)
    return verdict(problems, f"{short}{' (overlap)' if overlap else ''}")


def levels_agree(expected: list[str], found: list[str]) -> bool:
    if not expected:
        return True
    if len(expected) == 1:
        return all(level == expected[0] for level in found)
    return sorted(expected) == sorted(found)


# pyHanko ------------------------------------------------------------------------------------


def pyhanko(entries: list[Entry], args, plain: Path) -> dict:
    answers = json_lines([sys.executable, HERE / "judge.py", *world(args), "--list", plain], "pyHanko", entries)
    return {e.path: pyhanko_verdict(answers[e.path]) for e in entries}


def pyhanko_verdict(answer: dict) -> dict:
    if answer.get("error"):
        return verdict([answer["error"]], "")
    problems = []
    both = answer["signatures"] + answer["timestamps"]
    for s in both:
        for what in ("intact", "valid", "trusted"):
            if not s[what]:
                problems.append(f"{s['field']} not {what} {s.get('trust_problem') or ''}".strip())
        if s["coverage"] not in ("ENTIRE_FILE", "ENTIRE_REVISION"):
            problems.append(f"{s['field']} covers {s['coverage']}")
    for s in answer["signatures"]:
        if s["modification_level"] not in UNCHANGED_ENOUGH or s["docmdp_ok"] is False:
            problems.append(f"{s['field']} later changes {s['modification_level']}, docmdp_ok {s['docmdp_ok']}")
        if not s["bottom_line"]:
            problems.append(f"{s['field']} bottom line false")
        stamp = s["timestamp"]
        if stamp and not (stamp["intact"] and stamp["valid"] and stamp["trusted"]):
            problems.append(f"{s['field']} timestamp {stamp}")
    if not answer["signatures"]:
        problems.append("no signature")
    elif not any(s["coverage"] == "ENTIRE_FILE" for s in both):
        problems.append("the last signature does not cover the whole file")
    return verdict(problems, f"{len(answer['signatures'])} trusted")


# pdfsig -------------------------------------------------------------------------------------


def nss_database(args, out: Path) -> Path:
    """A trust store of its own. The CRLs go in too: with -no-ocsp NSS calls a certificate that
    carries status addresses untrusted unless it finds a CRL at home."""
    nss = out / "nss"
    shutil.rmtree(nss, ignore_errors=True)
    nss.mkdir()
    store = f"sql:{nss}"
    steps = [["certutil", "-N", "-d", store, "--empty-password"]]
    for i, c in enumerate(args.trust):
        steps.append(["certutil", "-A", "-d", store, "-n", f"root {i}", "-t", "C,C,C", "-i", c])
    for i, c in enumerate(args.cert):
        steps.append(["certutil", "-A", "-d", store, "-n", f"certificate {i}", "-t", ",,", "-i", c])
    steps += [["crlutil", "-I", "-d", store, "-i", c] for c in args.crl]
    for step in steps:
        done = run(step)
        if done.returncode != 0:
            print(f"judges: {' '.join(map(str, step))}: {done.stderr.strip()}", file=sys.stderr)
            sys.exit(2)
    return nss


# NSS 3.87 stumbles over its own cache of chains: in one run every second path that it checks ends in
# SEC_ERROR_REUSED_ISSUER_AND_SERIAL, whoever made the file, even for the certificate that it has just
# called trusted. pdfsig prints these words for it; they are let pass only after a trusted signature.
# Revoked, expired, untrusted and unknown issuers have words of their own and are never let pass.
UNKNOWN_ISSUE = "Unknown issue with Certificate or corrupted data."


def pdfsig(entry: Entry, args, nss: Path) -> dict:
    password = ["-upw", Path(args.password_file).read_text().splitlines()[0]] if args.password_file else []
    done = run(["pdfsig", "-nssdir", f"sql:{nss}", "-no-ocsp", *password, entry.path])
    signatures = done.stdout.split("\nSignature #")[1:]
    problems = [] if done.returncode == 0 else [f"exit {done.returncode} {done.stderr.strip()[-200:]}"]
    if not signatures:
        problems.append("no signature")
    trusted_before = False
    for i, text in enumerate(signatures, 1):
        if "ETSI.RFC3161" in text:
            continue  # poppler 22 does not judge document timestamps
        said = [line.split(":", 1)[1].strip() for line in text.splitlines() if "Validation:" in line]
        if "Signature is Valid." not in said:
            problems.append(f"#{i} {said[0] if said else 'not validated'}")
        elif "Certificate is Trusted." in said:
            trusted_before = True
        elif args.crl and not (trusted_before and UNKNOWN_ISSUE in said):
            problems.append(f"#{i} {said[-1]}")
    if signatures and not any("- Total document signed" in text for text in signatures):
        problems.append("no signature covers the whole document")
    return verdict(problems, f"{len(signatures)} valid")


# qpdf ---------------------------------------------------------------------------------------


def qpdf(entry: Entry, args) -> dict:
    password = [f"--password-file={args.password_file}"] if args.password_file else []
    done = run(["qpdf", "--check", *password, entry.path])
    problems = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if done.returncode != 0:
        problems.append(f"exit {done.returncode}")
    return verdict(problems, "no warning")


# openssl ------------------------------------------------------------------------------------


def openssl_cms(entry: Entry, args, anchors: Path, bundle: Path, out: Path) -> dict:
    try:
        cuts = cut.signatures(Path(entry.path).read_bytes())
    except (OSError, ValueError) as e:
        return verdict([str(e)], "")
    problems = []
    for i, signature in enumerate(cuts, 1):
        content, cms = out / "cut.bin", out / "cut.der"
        content.write_bytes(signature.covered)
        cms.write_bytes(signature.cms)
        certificates = bundle.stat().st_size > 0
        if signature.document_timestamp:
            command = ["openssl", "ts", "-verify", "-data", content, "-in", cms, "-token_in", "-CAfile", anchors]
            command += ["-untrusted", bundle] if certificates else []
        else:
            command = ["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", cms, "-content", content]
            command += ["-CAfile", anchors, "-no-CApath", "-no-CAstore", "-purpose", "any", "-out", os.devnull]
            command += ["-certfile", bundle] if certificates else []
        if args.at:
            at = datetime.datetime.fromisoformat(args.at.replace("Z", "+00:00"))
            command += ["-attime", int(at.timestamp())]
        done = run(command)
        if done.returncode != 0:
            problems.append(f"#{i} " + " ".join(done.stderr.split())[:300])
    if not cuts:
        problems.append("no signature")
    elif not cuts[-1].whole_file:
        problems.append("the last signature does not cover the whole file")
    return verdict(problems, f"{len(cuts)} CAdES")


# veraPDF ------------------------------------------------------------------------------------


def verapdf(entries: list[Entry]) -> dict:
    """One JVM a profile; only files that claim one are asked about."""
    answers = {}
    for profile in sorted({e.pdfa for e in entries if e.pdfa}):
        asked = {os.path.abspath(e.path): e.path for e in entries if e.pdfa == profile}
        command = ["java", "-Xmx1g", "-Djava.awt.headless=true", "-cp", f"{VAR}/verapdf/lib/*", "org.verapdf.apps.GreenfieldCliWrapper"]
        done = run([*command, "--format", "text", "-v", "-f", profile, *asked])
        said = {}  # "PASS path profile" or "FAIL path profile", its rules on indented lines below
        for line in done.stdout.splitlines():
            if line.startswith(" ") and said:
                said[list(said)[-1]].append(line.strip())
            elif line.endswith(f" {profile}"):
                word, path = line.removesuffix(f" {profile}").split(" ", 1)
                said[path] = [] if word == "PASS" else [word]
        for absolute, path in asked.items():
            problems = said.get(absolute, ["no answer: " + done.stderr.strip()[-300:]])
            answers[path] = verdict(problems, f"PDF/A-{profile}")
    return answers


# What came out ------------------------------------------------------------------------------


def unexpected(entries: list[Entry], results: dict) -> list[tuple[str, str, str]]:
    wrong = []
    for e in entries:
        for judge, answer in results[e.path].items():
            if e.refused and judge not in OF_SIGNATURES:
                continue  # one byte changed need not spoil the form of the file
            if (answer["verdict"] == "refused") != e.refused:
                wrong.append((e.path, judge, answer["detail"] or answer["verdict"]))
    return wrong


def table(entries: list[Entry], results: dict) -> None:
    common = os.path.commonpath([os.path.dirname(os.path.abspath(e.path)) for e in entries]) if entries else ""
    rows = [("file", *JUDGES)]
    for e in entries:
        cells = []
        for judge in JUDGES:
            answer = results[e.path].get(judge)
            if answer is None:
                cells.append("-")
            elif answer["verdict"] == "refused":
                cells.append("refused" if e.refused else "REFUSED")
            else:
                cells.append(answer["detail"])
        rows.append((os.path.relpath(os.path.abspath(e.path), common), *cells))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for i, row in enumerate(rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        if i == 0:
            print("  ".join("-" * width for width in widths))


if __name__ == "__main__":
    sys.exit(main())
