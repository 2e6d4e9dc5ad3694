import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.model.DSSException;
import eu.europa.esig.dss.model.TimestampBinary;
import eu.europa.esig.dss.spi.x509.tsp.TSPSource;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;

/** RFC 3161 over HTTP, by hand, so that DSS's own online sources stay off the class path of the judge. */
final class HttpTsa implements TSPSource {
  private final HttpClient client = HttpClient.newHttpClient();
  private final transient SecureRandom random = new SecureRandom();
  private final URI address;

  HttpTsa(String address) {
    this.address = URI.create(address);
  }

  @Override
  public TimestampBinary getTimeStampResponse(DigestAlgorithm algorithm, byte[] digest) {
    try {
      TimeStampRequestGenerator generator = new TimeStampRequestGenerator();
      generator.setCertReq(true);
      TimeStampRequest query =
          generator.generate(new ASN1ObjectIdentifier(algorithm.getOid()), digest, new BigInteger(64, random));
      HttpRequest post =
          HttpRequest.newBuilder(address)
              .header("Content-Type", "application/timestamp-query")
              .POST(HttpRequest.BodyPublishers.ofByteArray(query.getEncoded()))
              .build();
      TimeStampResponse answer =
          new TimeStampResponse(client.send(post, HttpResponse.BodyHandlers.ofByteArray()).body());
      answer.validate(query);
      return new TimestampBinary(answer.getTimeStampToken().getEncoded());
    } catch (Exception e) {
      throw new DSSException("TSA " + address + ": " + e, e);
    }
  }
}
