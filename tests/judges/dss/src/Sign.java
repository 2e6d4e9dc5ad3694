import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.ToBeSigned;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.SignatureFieldParameters;
import eu.europa.esig.dss.pades.SignatureImageParameters;
import eu.europa.esig.dss.pades.SignatureImageTextParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.tsp.KeyEntityTSPSource;
import eu.europa.esig.dss.spi.x509.tsp.TSPSource;
import eu.europa.esig.dss.token.DSSPrivateKeyEntry;
import eu.europa.esig.dss.token.KSPrivateKeyEntry;
import eu.europa.esig.dss.token.Pkcs11SignatureToken;
import eu.europa.esig.dss.token.Pkcs12SignatureToken;
import eu.europa.esig.dss.token.PrefilledPasswordCallback;
import eu.europa.esig.dss.token.SignatureTokenConnection;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.KeyStore.PasswordProtection;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Signs PDFs with EU DSS: legitimate files of another producer, and the time that it takes in a warm JVM.
 *
 * <p>(--p12 F --password-file F | --module SO (--slot ID | --slot-index N) --pin-file F) [--key ALIAS]
 * [--chain CERT…] [--level B|T] [--tsa URL | --tsa-p12 F --tsa-password-file F] [--visible] [--page N]
 * [--box X,Y,W,H] [--field NAME] [--in-memory] [--repeat N] --list FILE (lines: IN TAB OUT [TAB BOX])
 *
 * <p>One JSON line an entry of the list. Signing twice is two lines, the second reading the first's output.
 */
public final class Sign {
  private final Args args;
  private final SignatureTokenConnection token;
  private final DSSPrivateKeyEntry key;
  private final List<CertificateToken> chain = new ArrayList<>();
  private final TSPSource tsa;

  public static void main(String[] argv) throws Exception {
    Args args = new Args(argv);
    Sign sign = new Sign(args);
    int repeat = Integer.parseInt(args.one("--repeat", "1"));
    boolean failed = false;
    for (String entry : args.list()) {
      String[] inOut = entry.split("\t", -1);
      List<Double> ms = new ArrayList<>();
      String box = inOut.length > 2 ? inOut[2] : args.one("--box", "50,50,200,70");
      String error = null;
      DSSDocument signed = null;
      try {
        DSSDocument loaded = args.has("--in-memory") ? new InMemoryDocument(Files.readAllBytes(Path.of(inOut[0]))) : null;
        for (int i = 0; i < repeat; i++) {
          long start = System.nanoTime();
          signed = Args.within(300, () -> sign.sign(loaded, inOut[0], inOut[1], box));
          ms.add((System.nanoTime() - start) / 1e6);
        }
        if (loaded != null) signed.save(inOut[1]);
      } catch (Exception e) {
        error = e.toString();
        failed = true;
      }
      System.out.println("{\"in\":" + Args.json(inOut[0]) + ",\"out\":" + Args.json(inOut[1])
          + ",\"error\":" + Args.json(error) + "," + Args.times(ms) + "}");
      System.out.flush();
    }
    System.exit(failed ? 1 : 0);
  }

  private Sign(Args args) throws Exception {
    this.args = args;
    token = token(args);
    key = key(token.getKeys(), args.one("--key", null));
    for (String f : args.all("--chain")) chain.add(DSSUtils.loadCertificate(Args.file(f)));
    tsa = tsa(args);
  }

  private static SignatureTokenConnection token(Args args) throws Exception {
    String p12 = args.one("--p12", null);
    if (p12 != null) return new Pkcs12SignatureToken(p12, new PasswordProtection(Args.secret(args.one("--password-file", null))));
    PrefilledPasswordCallback pin = new PrefilledPasswordCallback(new PasswordProtection(Args.secret(args.one("--pin-file", null))));
    String module = args.one("--module", null);
    String slot = args.one("--slot", null);
    // A slot id or a place in the slot list, never both: SunPKCS11 refuses the pair.
    if (slot != null) return new Pkcs11SignatureToken(module, pin, Integer.decode(slot));
    return new Pkcs11SignatureToken(module, pin, -1, Integer.parseInt(args.one("--slot-index", "0")), null);
  }

  private static DSSPrivateKeyEntry key(List<DSSPrivateKeyEntry> keys, String alias) {
    for (DSSPrivateKeyEntry k : keys)
      if (alias == null || (k instanceof KSPrivateKeyEntry ks && alias.equals(ks.getAlias()))) return k;
    throw new IllegalArgumentException("no key " + alias + " in the token");
  }

  private static TSPSource tsa(Args args) throws Exception {
    String url = args.one("--tsa", null);
    if (url != null) return new HttpTsa(url);
    String p12 = args.one("--tsa-p12", null);
    if (p12 == null) return null;
    char[] password = Args.secret(args.one("--tsa-password-file", null));
    KeyStore store = KeyStore.getInstance(Args.file(p12), password);
    String alias = store.aliases().nextElement();
    Certificate[] certificates = store.getCertificateChain(alias);
    List<CertificateToken> tokens = Arrays.stream(certificates).map(c -> new CertificateToken((X509Certificate) c)).toList();
    KeyEntityTSPSource source = new KeyEntityTSPSource((PrivateKey) store.getKey(alias, password), tokens.get(0), tokens);
    source.setTsaPolicy("1.2.3.4");
    return source;
  }

  /** Opens, signs and saves; --in-memory leaves the disk out of the measure. */
  private DSSDocument sign(DSSDocument loaded, String in, String out, String box) throws Exception {
    DSSDocument document = loaded != null ? loaded : new FileDocument(in);
    PAdESSignatureParameters parameters = parameters(box);
    PAdESService service = new PAdESService(new CommonCertificateVerifier());
    if (tsa != null) service.setTspSource(tsa);
    ToBeSigned bytes = service.getDataToSign(document, parameters);
    SignatureValue value = token.sign(bytes, parameters.getDigestAlgorithm(), key);
    DSSDocument signed = service.signDocument(document, parameters, value);
    if (loaded != null) {
      signed.writeTo(new ByteArrayOutputStream());
    } else {
      signed.save(out);
    }
    return signed;
  }

  private PAdESSignatureParameters parameters(String where) {
    PAdESSignatureParameters parameters = new PAdESSignatureParameters();
    boolean timestamped = args.one("--level", "B").equalsIgnoreCase("T");
    parameters.setSignatureLevel(timestamped ? SignatureLevel.PAdES_BASELINE_T : SignatureLevel.PAdES_BASELINE_B);
    parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
    parameters.setSigningCertificate(key.getCertificate());
    List<CertificateToken> path = new ArrayList<>(List.of(key.getCertificateChain()));
    chain.stream().filter(c -> !path.contains(c)).forEach(path::add);
    parameters.setCertificateChain(path);
    String field = args.one("--field", null);
    if (!args.has("--visible") && field == null) return parameters;
    SignatureImageParameters image = new SignatureImageParameters();
    SignatureFieldParameters box = new SignatureFieldParameters();
    if (field != null) {
      box.setFieldId(field);
    } else {
      String[] xywh = where.split(",");
      box.setPage(Integer.parseInt(args.one("--page", "1")));
      box.setOriginX(Float.parseFloat(xywh[0]));
      box.setOriginY(Float.parseFloat(xywh[1]));
      box.setWidth(Float.parseFloat(xywh[2]));
      box.setHeight(Float.parseFloat(xywh[3]));
    }
    image.setFieldParameters(box);
    SignatureImageTextParameters text = new SignatureImageTextParameters();
    text.setText("Signed by EU DSS");
    image.setTextParameters(text);
    parameters.setImageParameters(image);
    return parameters;
  }
}
