"""Signs PDFs with pyHanko: legitimate files of another producer, and the time that it takes.

(--p12 F --password-file F | --module SO --token LABEL --pin-file F --cert-label L --key-label L)
[--chain PEM…] [--level B|T] [--tsa URL | --tsa-p12 F --tsa-password-file F] [--pss]
[--field NAME] [--visible] [--page N] [--box X1,Y1,X2,Y2] [--certify 1|2|3] [--in-memory] [--repeat N]
(--list FILE (lines: IN TAB OUT [TAB BOX]) | --blank table|stream OUT)

One JSON line an entry. Signing twice is two lines, the second reading the first's output.
--blank makes an empty page with an xref table or an xref stream, to have something to sign.
"""

import argparse
import io
import json
import resource
import statistics
import sys
import time

from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import fields, signers, timestamps


def main() -> int:
    args = arguments()
    if args.blank:
        kind, out = args.blank
        blank(kind, out)
        return 0
    failed = False
    with key(args) as signer:
        stamper = timestamper(args)
        with open(args.list, encoding="utf-8") as f:
            entries = [line.rstrip("\n").split("\t") for line in f if line.strip()]
        for source, target, *box in entries:
            line = {"in": source, "out": target, "error": None}
            try:
                line |= timed(source, target, signer, stamper, args, *box)
            except Exception as e:
                failed = True
                line["error"] = f"{type(e).__name__}: {e}"
            print(json.dumps(line), flush=True)
    return 1 if failed else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    for flag in ("--p12", "--password-file", "--module", "--token", "--pin-file", "--cert-label", "--key-label"):
        parser.add_argument(flag)
    parser.add_argument("--chain", action="append", default=[])
    parser.add_argument("--level", choices=["B", "T"], default="B")
    for flag in ("--tsa", "--tsa-p12", "--tsa-password-file", "--field", "--list"):
        parser.add_argument(flag)
    for flag in ("--pss", "--visible", "--in-memory"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--page", type=int, default=1)
    parser.add_argument("--box", default="50,50,250,120")
    parser.add_argument("--certify", type=int, choices=[1, 2, 3])
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--blank", nargs=2, metavar=("table|stream", "OUT"))
    return parser.parse_args()


def secret(path: str) -> str:
    with open(path, encoding="utf-8") as f:
        return f.readline().rstrip("\r\n")


class key:
    """The signing key for the length of a `with`: a PKCS#12 file, or a PKCS#11 session held open."""

    def __init__(self, args):
        self.args, self.session = args, None

    def __enter__(self):
        args = self.args
        if args.p12:
            return signers.SimpleSigner.load_pkcs12(
                args.p12,
                ca_chain_files=args.chain,
                passphrase=secret(args.password_file).encode(),
                prefer_pss=args.pss,
            )
        from pyhanko.config.pkcs11 import TokenCriteria
        from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

        self.session = open_pkcs11_session(
            args.module, token_criteria=TokenCriteria(label=args.token), user_pin=secret(args.pin_file)
        )
        return PKCS11Signer(
            self.session,
            cert_label=args.cert_label,
            key_label=args.key_label,
            ca_chain=list(load_certs_from_pemder(args.chain)),
            prefer_pss=args.pss,
        )

    def __exit__(self, *_):
        if self.session is not None:
            self.session.close()


def timestamper(args):
    if args.level == "B":
        return None
    if args.tsa:
        return timestamps.HTTPTimeStamper(args.tsa)
    tsa = signers.SimpleSigner.load_pkcs12(args.tsa_p12, passphrase=secret(args.tsa_password_file).encode())
    return timestamps.DummyTimeStamper(
        tsa_cert=tsa.signing_cert, tsa_key=tsa.signing_key, certs_to_embed=tsa.cert_registry
    )


def timed(source: str, target: str, signer, stamper, args, box: str | None = None) -> dict:
    """Each round opens, signs and saves; --in-memory leaves the disk out of the measure."""
    with open(source, "rb") as f:
        loaded = f.read() if args.in_memory else None
    times = []
    for _ in range(args.repeat):
        start = time.perf_counter()
        if loaded is None:
            with open(source, "rb") as f:
                signed = sign(f, signer, stamper, args, box)
            with open(target, "wb") as f:
                f.write(signed.getbuffer())
        else:
            signed = sign(io.BytesIO(loaded), signer, stamper, args, box)
        times.append((time.perf_counter() - start) * 1000)
    if loaded is not None:
        with open(target, "wb") as f:
            f.write(signed.getbuffer())
    return {
        "n": len(times),
        "median_ms": round(statistics.median(times), 3),
        "min_ms": round(min(times), 3),
        "peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


def sign(source, signer, stamper, args, box: str | None = None) -> io.BytesIO:
    writer = IncrementalPdfFileWriter(source)
    name = args.field or free_name(writer)
    metadata = signers.PdfSignatureMetadata(
        field_name=name,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=args.certify is not None,
        docmdp_permissions=fields.MDPPerm(args.certify or 2),
    )
    field = None
    if args.visible:
        corners = tuple(int(v) for v in (box or args.box).split(","))
        field = fields.SigFieldSpec(name, on_page=args.page - 1, box=corners)
    out = io.BytesIO()
    signers.PdfSigner(metadata, signer, timestamper=stamper, new_field_spec=field).sign_pdf(writer, output=out)
    return out


def free_name(writer) -> str:
    taken = {name for name, _, _ in fields.enumerate_sig_fields(writer)}
    return next(n for n in (f"Sig{i}" for i in range(1, 1000)) if n not in taken)


def blank(kind: str, out: str) -> None:
    writer = PdfFileWriter(stream_xrefs=kind == "stream")
    content = RawContent(b"q 0.8 g 100 600 300 100 re f Q", box=BoxConstraints(595, 842))
    stream = writer.add_object(writer_stream(content))
    writer.insert_page(PageObject(contents=stream, media_box=(0, 0, 595, 842)))
    with open(out, "wb") as f:
        writer.write(f)


def writer_stream(content: RawContent):
    from pyhanko.pdf_utils import generic

    return generic.StreamObject(stream_data=content.render())


if __name__ == "__main__":
    sys.exit(main())
