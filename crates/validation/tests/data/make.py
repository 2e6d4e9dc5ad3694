"""Birth certificate of the files in this folder: a throw-away PKI whose keys die with this process, and PDFs
signed by pyHanko 0.38 with it. Nothing here is trusted anywhere else. Run it with the judges' Python
(var/venv/bin/python crates/validation/tests/data/make.py): every file is made anew, keys and hashes differ,
the tests do not care. Validation is tested at 2026-12-01T08:00:00Z.
"""

import io
import os
from datetime import datetime, timedelta, timezone

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID as EKU
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import fields, signers, timestamps
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

HERE = os.path.dirname(os.path.abspath(__file__))
UTC = timezone.utc
AT = datetime(2026, 12, 1, 8, tzinfo=UTC)


def day(y, m=1, d=1):
    return datetime(y, m, d, tzinfo=UTC)


class Holder:
    """A certificate and its key."""

    def __init__(self, cn, issuer=None, *, ca=False, key=None, start=day(2020), end=day(2040), usage=None, eku=None,
                 eku_critical=False, path_length=None, no_check=False, org="Ủy ban nhân dân phường Thử Nghiệm"):
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.issuer = issuer or self
        name = x509.Name([
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, org),
            x509.NameAttribute(NameOID.COMMON_NAME, cn),
        ])
        self.name = name
        self.serial = x509.random_serial_number()
        usage = usage or ({"key_cert_sign", "crl_sign"} if ca else {"digital_signature", "content_commitment"})
        all_usages = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                      "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
        builder = (
            x509.CertificateBuilder().subject_name(name).issuer_name(self.issuer.name).public_key(self.key.public_key())
            .serial_number(self.serial).not_valid_before(start).not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca, path_length if ca else None), True)
            .add_extension(x509.KeyUsage(**{u: u in usage for u in all_usages}), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), False)
        )
        if issuer:
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False)
            builder = builder.add_extension(x509.AuthorityInformationAccess([
                x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.OCSP,
                                       x509.UniformResourceIdentifier("http://throwaway.invalid/ocsp")),
                x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.CA_ISSUERS,
                                       x509.UniformResourceIdentifier("http://throwaway.invalid/ca.cer")),
            ]), False)
        if no_check:
            builder = builder.add_extension(x509.OCSPNoCheck(), False)
        if eku:
            builder = builder.add_extension(x509.ExtendedKeyUsage(eku), eku_critical)
        self.cert = builder.sign(self.issuer.key, hashes.SHA256())

    @property
    def asn1(self):
        return asn1_x509.Certificate.load(self.cert.public_bytes(serialization.Encoding.DER))

    @property
    def asn1_key(self):
        return asn1_keys.PrivateKeyInfo.load(self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

    def signer(self, chain, **kw):
        store = SimpleCertificateStore()
        store.register_multiple([c.asn1 for c in chain])
        return signers.SimpleSigner(self.asn1, self.asn1_key, store, **kw)

    def stamper(self, when, chain=()):
        return timestamps.DummyTimeStamper(self.asn1, self.asn1_key, [c.asn1 for c in chain], fixed_dt=when)

    def save(self, name):
        write(name + ".der", self.cert.public_bytes(serialization.Encoding.DER))


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)


def crl(ca, revoked, this, following):
    builder = x509.CertificateRevocationListBuilder().issuer_name(ca.name).last_update(this).next_update(following)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), False)
    builder = builder.add_extension(x509.CRLNumber(1), False)
    for holder, when in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(holder.serial).revocation_date(when).build())
    return builder.sign(ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def base(stream):
    out = PdfFileWriter(stream_xrefs=stream)
    text = b"BT /F1 14 Tf 72 740 Td (Quyet dinh so 05/QD-UBND) Tj ET\n0 0 1 RG 72 700 300 1 re S"
    out.insert_page(PageObject(contents=out.add_object(RawContent(text, BoxConstraints(595, 842)).as_stream(out))
                               if hasattr(RawContent, "as_stream") else stream_object(out, text),
                               media_box=(0, 0, 595, 842)))
    buffer = io.BytesIO()
    out.write(buffer)
    return buffer.getvalue()


def stream_object(out, text):
    from pyhanko.pdf_utils import generic
    return out.add_object(generic.StreamObject(stream_data=text))


def sign(pdf, signer, *, stamper=None, box=None, field="Signature1", **meta):
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    meta.setdefault("subfilter", fields.SigSeedSubFilter.PADES)
    meta.setdefault("md_algorithm", "sha256")
    spec = fields.SigFieldSpec(field, on_page=0, box=box)
    out = io.BytesIO()
    signers.PdfSigner(
        signers.PdfSignatureMetadata(field_name=field, **meta), signer, timestamper=stamper,
        new_field_spec=None if meta.pop("existing", False) else spec,
    ).sign_pdf(writer, bytes_reserved=12288, output=out)
    return out.getvalue()


def with_field(pdf, field, box):
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    fields.append_signature_field(writer, fields.SigFieldSpec(field, on_page=0, box=box))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def sign_field(pdf, signer, field, stamper=None):
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    out = io.BytesIO()
    signers.PdfSigner(
        signers.PdfSignatureMetadata(field_name=field, subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256"),
        signer, timestamper=stamper,
    ).sign_pdf(writer, bytes_reserved=12288, output=out)
    return out.getvalue()


def document_timestamp(pdf, stamper, field="Timestamp1"):
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    out = io.BytesIO()
    signers.PdfTimeStamper(stamper, field_name=field).timestamp_pdf(writer, "sha256", output=out, bytes_reserved=12288)
    return out.getvalue()


def main():
    root = Holder("Gốc thử nghiệm", ca=True, org="Ban Thử nghiệm")
    issuing = Holder("CA thử nghiệm", root, ca=True, path_length=0, org="Ban Thử nghiệm")
    big = lambda bits=2048: rsa.generate_private_key(65537, bits)  # pyHanko's timestamper is RSA only
    tsa = Holder("Dấu thời gian thử nghiệm", issuing, key=big(), usage={"digital_signature"}, eku=[EKU.TIME_STAMPING],
                 eku_critical=True, org="Ban Thử nghiệm")
    official = Holder("Nguyễn Văn Ước", issuing)
    seal = Holder("UBND phường Thử Nghiệm", issuing, eku=[EKU.EMAIL_PROTECTION, EKU.CLIENT_AUTH])
    revoked = Holder("Người bị thu hồi", issuing)
    old = Holder("Người đã hết hạn", issuing, start=day(2022), end=day(2025))
    pss = Holder("Người ký PSS", issuing, key=big())
    short = Holder("Khoá ngắn", issuing, key=big(1024))
    encipher = Holder("Chỉ mã hoá", issuing, usage={"key_encipherment"})
    code = Holder("Chỉ ký mã", issuing, eku=[EKU.CODE_SIGNING])
    foreign = Holder("Gốc lạ", ca=True, org="Không ai biết")
    stranger = Holder("Người lạ", foreign)
    foreign_tsa = Holder("Dấu thời gian lạ", foreign, key=big(), usage={"digital_signature"}, eku=[EKU.TIME_STAMPING],
                         eku_critical=True)
    responder = Holder("OCSP thử nghiệm", issuing, usage={"digital_signature"}, eku=[EKU.OCSP_SIGNING],
                       no_check=True)

    root.save("root")
    issuing.save("issuing")
    foreign.save("foreign-root")
    official.save("official")
    seal.save("seal")
    old.save("old")
    write("root.crl", crl(root, [], day(2026, 11, 30), day(2027, 1, 30)))
    # A list from before a certificate expired is needed to say that it was good; the revoked one: since 1 June 2026.
    write("issuing.crl", crl(issuing, [(revoked, day(2026, 6, 1))], day(2026, 11, 30), day(2027, 1, 30)))
    write("issuing-2024.crl", crl(issuing, [], day(2024, 12, 15), day(2025, 1, 15)))
    write("issuing-stale.crl", crl(issuing, [], day(2023, 1, 1), day(2023, 2, 1)))
    for holder in (official, tsa):
        answer = (
            ocsp.OCSPResponseBuilder()
            .add_response(holder.cert, issuing.cert, hashes.SHA1(), ocsp.OCSPCertStatus.GOOD, day(2026, 11, 30),
                          day(2027, 1, 30), None, None)
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.cert).certificates([responder.cert])
            .sign(responder.key, hashes.SHA256())
        )
        write(f"{'official' if holder is official else 'tsa'}.ocsp", answer.public_bytes(serialization.Encoding.DER))

    chain = [issuing]
    now = datetime(2026, 11, 30, 3, tzinfo=UTC)
    table, stream = base(False), base(True)
    write("base.pdf", table)
    stamp = lambda when=now: tsa.stamper(when, chain)
    by = lambda holder, **kw: holder.signer(chain, **kw)

    write("b.pdf", sign(table, by(official)))
    t = sign(table, by(official), stamper=stamp())
    write("t.pdf", t)
    write("t-stream.pdf", sign(stream, by(official), stamper=stamp()))
    write("two.pdf", sign(sign(table, by(official), stamper=stamp(), box=(300, 100, 470, 170)), by(seal),
                          stamper=stamp(), box=(240, 90, 340, 190), field="Seal"))
    write("two-stream.pdf", sign(sign(stream, by(official)), by(seal), field="Seal"))
    write("pss.pdf", sign(table, by(pss, prefer_pss=True), stamper=stamp()))
    write("pkcs1.pdf", sign(table, by(pss)))
    write("short.pdf", sign(table, by(short)))
    write("sha1.pdf", sign(table, by(official), md_algorithm="sha1"))
    write("sha1-2020.pdf", document_timestamp(sign(table, by(pss), md_algorithm="sha1"), stamp(day(2020, 6, 1))))
    write("adbe.pdf", sign(table, by(official), subfilter=fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED, stamper=stamp()))
    write("revoked.pdf", sign(table, by(revoked)))
    write("revoked-after.pdf", sign(table, by(revoked), stamper=stamp(day(2026, 3, 1))))
    write("revoked-before.pdf", sign(table, by(revoked), stamper=stamp()))
    write("revoked-made-after.pdf", sign(document_timestamp(table, stamp()), by(revoked)))
    write("old.pdf", sign(table, by(old)))
    write("old-in-time.pdf", sign(table, by(old), stamper=stamp(day(2024, 6, 1))))
    write("old-too-late.pdf", sign(table, by(old), stamper=stamp()))
    write("old-too-early.pdf", sign(table, by(old), stamper=stamp(day(2021, 6, 1))))
    write("encipher.pdf", sign(table, by(encipher), signer_key_usage={"key_encipherment"}))
    write("code.pdf", sign(table, by(code)))
    write("stranger.pdf", sign(table, stranger.signer([])))
    write("leaf-only.pdf", sign(table, official.signer([])))
    write("tsa-unknown.pdf", sign(table, by(official), stamper=foreign_tsa.stamper(now)))
    write("tsa-person.pdf", sign(table, by(official), stamper=pss.stamper(now, chain)))
    write("tsa-future.pdf", sign(table, by(official), stamper=stamp(day(2031))))
    write("timestamp-only.pdf", document_timestamp(table, stamp()))
    write("document-timestamp.pdf", document_timestamp(sign(table, by(official)), stamp()))
    write("document-timestamp-unknown.pdf", document_timestamp(t, foreign_tsa.stamper(now)))
    certified = sign(with_field(table, "Approval", (300, 100, 470, 170)), by(official), certify=True,
                     docmdp_permissions=fields.MDPPerm.FILL_FORMS)
    write("certified.pdf", sign_field(certified, by(seal), "Approval"))
    write("certified-1.pdf", document_timestamp(
        sign(table, by(official), certify=True, docmdp_permissions=fields.MDPPerm.NO_CHANGES), stamp()))
    long = dict(
        embed_validation_info=True,
        validation_context=ValidationContext(
            trust_roots=[root.asn1], other_certs=[issuing.asn1], moment=AT, allow_fetching=False,
            crls=[open(os.path.join(HERE, name), "rb").read() for name in ("root.crl", "issuing.crl")],
        ),
    )
    write("lt.pdf", sign(table, by(official), stamper=stamp(), **long))
    write("lta.pdf", sign(table, by(official), stamper=stamp(), use_pades_lta=True, **long))


if __name__ == "__main__":
    main()
