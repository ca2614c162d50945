import de.osci.osci12.OSCIException;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Carries out orders of the Go tests with the official OSCI client library.
 *
 * Standard input has one order a line: a verb and words of the form key=value,
 * the values URL-encoded. Standard output has, for each order, lines of the
 * same form and then an empty line. A failed order answers error=CLASS, code=
 * (the library's four digits, if it has any) and message=.
 */
public final class Driver {
    private final Desk desk = new Desk();

    public static void main(String[] args) throws Exception {
        PrintStream out = System.out;
        System.setOut(System.err); // the library's own chatter is no answer
        security();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Driver driver = new Driver();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            answer(out, driver.carryOut(line));
        }
    }

    private static void security() {
        java.security.Security.addProvider(new org.bouncycastle.jce.provider.BouncyCastleProvider());
        de.osci.osci12.common.DialogHandler.setSecurityProvider(
                java.security.Security.getProvider("BC"));
    }

    private Map<String, String> carryOut(String line) {
        Map<String, String> words = new LinkedHashMap<>();
        String[] parts = line.trim().split(" ");
        for (int i = 1; i < parts.length; i++) {
            int sign = parts[i].indexOf('=');
            words.put(parts[i].substring(0, sign), decode(parts[i].substring(sign + 1)));
        }
        try {
            return desk.perform(parts[0], new Words(words));
        } catch (Throwable e) {
            return failure(e);
        }
    }

    private static Map<String, String> failure(Throwable e) {
        Map<String, String> result = new LinkedHashMap<>();
        result.put("error", e.getClass().getSimpleName());
        result.put("code", e instanceof OSCIException ? String.valueOf(((OSCIException) e).getErrorCode()) : "");
        result.put("message", String.valueOf(e.getLocalizedMessage()));
        if (System.getenv("DRIVER_TRACE") != null) {
            e.printStackTrace();
        }
        return result;
    }

    private static void answer(PrintStream out, Map<String, String> result) {
        StringBuilder text = new StringBuilder();
        result.forEach((key, value) -> text.append(key).append('=').append(encode(value)).append('\n'));
        out.print(text.append('\n'));
        out.flush();
    }

    private static String decode(String s) {
        return URLDecoder.decode(s, StandardCharsets.UTF_8);
    }

    private static String encode(String s) {
        return URLEncoder.encode(s == null ? "" : s, StandardCharsets.UTF_8);
    }
}
