import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What both mains share: the values of a flag, JSON text, and work with a deadline on a deep stack. */
final class Args {
  private final String[] args;

  Args(String[] args) {
    this.args = args;
  }

  /** Every value given for a flag, in order. */
  List<String> all(String flag) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i + 1 < args.length; i++) if (args[i].equals(flag)) values.add(args[i + 1]);
    return values;
  }

  String one(String flag, String otherwise) {
    List<String> values = all(flag);
    return values.isEmpty() ? otherwise : values.get(values.size() - 1);
  }

  boolean has(String flag) {
    return List.of(args).contains(flag);
  }

  /** The lines of the file given by --list, without empty ones. */
  List<String> list() throws Exception {
    String list = one("--list", null);
    if (list == null) throw new IllegalArgumentException("--list FILE is missing");
    return Files.readAllLines(Path.of(list)).stream().filter(l -> !l.isBlank()).toList();
  }

  /** A password or PIN from the first line of a file, so that none stands in an argument list. */
  static char[] secret(String file) throws Exception {
    if (file == null) return new char[0];
    return Files.readAllLines(Path.of(file)).get(0).toCharArray();
  }

  private static final ExecutorService POOL =
      Executors.newCachedThreadPool(
          r -> {
            Thread t = new Thread(null, r, "dss", 64L << 20); // deep page trees need the stack
            t.setDaemon(true);
            return t;
          });

  static <T> T within(int seconds, Callable<T> work) throws Exception {
    try {
      return POOL.submit(work).get(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new Exception("no answer within " + seconds + " s");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception c ? c : e;
    }
  }

  static String json(String text) {
    if (text == null) return "null";
    StringBuilder out = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') out.append('\\').append(c);
      else if (c < ' ') out.append(String.format("\\u%04x", (int) c));
      else out.append(c);
    }
    return out.append('"').toString();
  }

  static String json(List<String> texts) {
    return "[" + String.join(",", texts.stream().map(Args::json).toList()) + "]";
  }

  /** Median, minimum, count and peak memory of a bench run, as JSON members. */
  static String times(List<Double> ms) throws Exception {
    List<Double> sorted = ms.stream().sorted().toList();
    if (sorted.isEmpty()) return "\"n\":0";
    String peak =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(l -> l.startsWith("VmHWM"))
            .map(l -> l.replaceAll("\\D+", ""))
            .findFirst()
            .orElse("0");
    return String.format(
        Locale.ROOT,
        "\"n\":%d,\"median_ms\":%.3f,\"min_ms\":%.3f,\"peak_kb\":%s",
        sorted.size(),
        sorted.get(sorted.size() / 2),
        sorted.get(0),
        peak);
  }

  static File file(String path) {
    return new File(path);
  }
}
