"""Judges PDFs with pyHanko; one JSON line a file. Never touches the network.

--trust PEM… --cert PEM… --crl DER… --ocsp DER… [--at RFC3339] [--password-file F] [--repeat N]
--list FILE

With --crl or --ocsp every certificate below the anchor needs status; without, none is asked for.
"""

import argparse
import datetime
import json
import resource
import statistics
import sys
import time
import traceback

from asn1crypto import ocsp as asn1_ocsp
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext


def main() -> int:
    args = arguments()
    world = World(args)
    for path in lines(args.list):
        print(json.dumps({"file": path, **judged(path, world, args.repeat)}), flush=True)
    return 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    for flag in ("--trust", "--cert", "--crl", "--ocsp"):
        parser.add_argument(flag, action="append", default=[])
    parser.add_argument("--at")
    parser.add_argument("--password-file")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--list", required=True)
    return parser.parse_args()


def lines(path: str) -> list[str]:
    with open(path, encoding="utf-8") as f:
        return [line.rstrip("\n") for line in f if line.strip()]


class World:
    """What the judge may know, read once; each file gets a context of its own."""

    def __init__(self, args):
        self.roots = list(load_certs_from_pemder(args.trust))
        self.others = list(load_certs_from_pemder(args.cert))
        self.crls = [read(p) for p in args.crl]
        self.ocsps = [asn1_ocsp.OCSPResponse.load(read(p)) for p in args.ocsp]
        self.at = datetime.datetime.fromisoformat(args.at.replace("Z", "+00:00")) if args.at else None
        self.password = read(args.password_file).splitlines()[0] if args.password_file else None

    def context(self) -> ValidationContext:
        return ValidationContext(
            trust_roots=self.roots,
            other_certs=self.others,
            crls=self.crls,
            ocsps=self.ocsps,
            moment=self.at,
            allow_fetching=False,
            revocation_mode="require" if self.crls or self.ocsps else "soft-fail",
        )


def read(path: str) -> bytes:
    with open(path, "rb") as f:
        return f.read()


def judged(path: str, world: World, repeat: int) -> dict:
    times, verdict = [], {}
    for _ in range(repeat):
        start = time.perf_counter()
        try:
            verdict = judge(path, world)
        except Exception as e:  # a file that breaks the judge is a refused file, with the reason
            verdict = {"signatures": [], "timestamps": [], "error": reason(e)}
        times.append((time.perf_counter() - start) * 1000)
    return {
        **verdict,
        "n": len(times),
        "median_ms": round(statistics.median(times), 3),
        "min_ms": round(min(times), 3),
        "peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


def judge(path: str, world: World) -> dict:
    with open(path, "rb") as f:
        reader = PdfFileReader(f)
        if world.password is not None:
            reader.decrypt(world.password)
        return {
            "signatures": [signature(s, world) for s in reader.embedded_regular_signatures],
            "timestamps": [document_timestamp(s, world) for s in reader.embedded_timestamp_signatures],
        }


def signature(embedded, world: World) -> dict:
    status = validate_pdf_signature(
        embedded, signer_validation_context=world.context(), ts_validation_context=world.context()
    )
    stamp = status.timestamp_validity
    return {
        "field": embedded.field_name,
        "intact": status.intact,
        "valid": status.valid,
        "trusted": status.trusted,
        "coverage": status.coverage.name,
        "modification_level": status.modification_level.name if status.modification_level else None,
        "docmdp_ok": status.docmdp_ok,
        "bottom_line": status.bottom_line,
        "trust_problem": str(status.trust_problem_indic) if status.trust_problem_indic else None,
        "timestamp": stamp
        and {
            "intact": stamp.intact,
            "valid": stamp.valid,
            "trusted": stamp.trusted,
            "time": stamp.timestamp.isoformat(),
        },
    }


def document_timestamp(embedded, world: World) -> dict:
    status = validate_pdf_timestamp(embedded, validation_context=world.context())
    return {
        "field": embedded.field_name,
        "intact": status.intact,
        "valid": status.valid,
        "trusted": status.trusted,
        "coverage": status.coverage.name,
        "time": status.timestamp.isoformat(),
    }


def reason(e: Exception) -> str:
    last = traceback.extract_tb(e.__traceback__)[-1]
    return f"{type(e).__name__}: {e} ({last.name})"


if __name__ == "__main__":
    sys.exit(main())
