import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.enumerations.TimestampType;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.pades.validation.PDFDocumentValidator;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonCertificateSource;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.ExternalResourcesOCSPSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

/**
 * Judges PDFs with EU DSS under its default policy; one JSON line a file. Never touches the network:
 * no AIA source, no online CRL, OCSP or trusted list; what it may know is on the command line.
 *
 * <p>--trust CERT… --cert CERT… --crl DER… --ocsp DER… [--at RFC3339] [--password-file F] [--repeat N]
 * [--reports DIR] --list FILE
 */
public final class Judge {
  private final CommonTrustedCertificateSource trust = new CommonTrustedCertificateSource();
  private final CommonCertificateSource others = new CommonCertificateSource();
  private final List<byte[]> crls = new ArrayList<>();
  private final List<byte[]> ocsps = new ArrayList<>();
  private final Date at;
  private final char[] password;
  private final String reports;

  public static void main(String[] argv) throws Exception {
    Args args = new Args(argv);
    Judge judge = new Judge(args);
    int repeat = Integer.parseInt(args.one("--repeat", "1"));
    for (String file : args.list()) {
      System.out.println("{\"file\":" + Args.json(file) + "," + judge.line(file, repeat) + "}");
      System.out.flush();
    }
    System.exit(0);
  }

  private Judge(Args args) throws Exception {
    for (String f : args.all("--trust")) trust.addCertificate(DSSUtils.loadCertificate(Args.file(f)));
    for (String f : args.all("--cert")) others.addCertificate(DSSUtils.loadCertificate(Args.file(f)));
    for (String f : args.all("--crl")) crls.add(Files.readAllBytes(Path.of(f)));
    for (String f : args.all("--ocsp")) ocsps.add(Files.readAllBytes(Path.of(f)));
    String time = args.one("--at", null);
    at = time == null ? new Date() : Date.from(Instant.parse(time));
    password = Args.secret(args.one("--password-file", null));
    reports = args.one("--reports", null);
  }

  private String line(String file, int repeat) throws Exception {
    List<Double> ms = new ArrayList<>();
    String verdict = "";
    try {
      for (int i = 0; i < repeat; i++) {
        long start = System.nanoTime();
        verdict = Args.within(120, () -> judge(file));
        ms.add((System.nanoTime() - start) / 1e6);
      }
    } catch (Exception e) {
      verdict = "\"signatures\":[],\"timestamps\":[],\"error\":" + Args.json(e.toString());
    }
    return verdict + "," + Args.times(ms);
  }

  private String judge(String file) throws Exception {
    SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
    if (password.length > 0 && validator instanceof PDFDocumentValidator pdf) pdf.setPasswordProtection(password);
    validator.setCertificateVerifier(verifier());
    validator.setValidationTime(at);
    Reports result = validator.validateDocument();
    if (reports != null) {
      Path base = Path.of(reports).resolve(Path.of(file).getFileName() + ".");
      Files.writeString(Path.of(base + "detailed.xml"), result.getXmlDetailedReport());
      Files.writeString(Path.of(base + "simple.xml"), result.getXmlSimpleReport());
      Files.writeString(Path.of(base + "diagnostic.xml"), result.getXmlDiagnosticData());
    }
    SimpleReport simple = result.getSimpleReport();
    DiagnosticData diagnostic = result.getDiagnosticData();
    List<String> signatures = new ArrayList<>();
    for (String id : simple.getSignatureIdList()) signatures.add(signature(id, simple, diagnostic));
    List<String> timestamps = new ArrayList<>();
    for (TimestampWrapper t : diagnostic.getTimestampList()) timestamps.add(timestamp(t, simple));
    return "\"signatures\":[" + String.join(",", signatures) + "],\"timestamps\":[" + String.join(",", timestamps) + "]";
  }

  private CommonCertificateVerifier verifier() {
    CommonCertificateVerifier verifier = new CommonCertificateVerifier();
    verifier.setTrustedCertSources(trust);
    verifier.setAdjunctCertSources(others);
    verifier.setAIASource(null);
    if (!crls.isEmpty()) verifier.setCrlSource(new ExternalResourcesCRLSource(streams(crls)));
    if (!ocsps.isEmpty()) verifier.setOcspSource(new ExternalResourcesOCSPSource(streams(ocsps)));
    return verifier;
  }

  private static InputStream[] streams(List<byte[]> blobs) {
    return blobs.stream().map(ByteArrayInputStream::new).toArray(InputStream[]::new);
  }

  private static String signature(String id, SimpleReport simple, DiagnosticData diagnostic) {
    SignatureWrapper facts = diagnostic.getSignatureById(id);
    List<String> undefined = new ArrayList<>();
    List<String> fields = List.of();
    if (facts != null) {
      if (facts.getPdfUndefinedChanges() != null)
        facts.getPdfUndefinedChanges().forEach(c -> undefined.add(c.getAction() + " " + c.getValue()));
      if (facts.getSignatureFieldNames() != null) fields = facts.getSignatureFieldNames();
    }
    return "{\"fields\":" + Args.json(fields)
        + ",\"indication\":" + Args.json(String.valueOf(simple.getIndication(id)))
        + ",\"sub_indication\":" + Args.json(simple.getSubIndication(id) == null ? null : simple.getSubIndication(id).toString())
        + ",\"level\":" + Args.json(simple.getSignatureFormat(id) == null ? null : simple.getSignatureFormat(id).toString())
        + ",\"errors\":" + messages(simple.getAdESValidationErrors(id))
        + ",\"warnings\":" + messages(simple.getAdESValidationWarnings(id))
        + ",\"undefined_changes\":" + Args.json(undefined) + "}";
  }

  private static String timestamp(TimestampWrapper t, SimpleReport simple) {
    boolean document = t.getType() == TimestampType.DOCUMENT_TIMESTAMP;
    return "{\"type\":" + Args.json(t.getType().name())
        + ",\"document\":" + document
        + ",\"time\":" + Args.json(t.getProductionTime() == null ? null : t.getProductionTime().toInstant().toString())
        + ",\"indication\":" + Args.json(String.valueOf(simple.getIndication(t.getId())))
        + ",\"sub_indication\":" + Args.json(simple.getSubIndication(t.getId()) == null ? null : simple.getSubIndication(t.getId()).toString()) + "}";
  }

  /** Each message as "KEY: text"; the key is what an allowed warning is recognised by. */
  private static String messages(List<Message> messages) {
    return Args.json(messages.stream().map(m -> m.getKey() + ": " + m.getValue()).toList());
  }
}
