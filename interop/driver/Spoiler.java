import de.osci.osci12.extinterfaces.TransportI;
import de.osci.osci12.samples.impl.HttpTransport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Carries requests over HTTP; one that was announced with spoil() is changed on the way. */
final class Spoiler extends HttpTransport {
    private Words next;

    /** What happens to the next request: how=cut, flip or replace (pattern=, by=). */
    void spoil(Words how) {
        next = how;
    }

    /** The library asks for a new one for each request. */
    @Override
    public TransportI newInstance() {
        Spoiler one = new Spoiler();
        one.next = next;
        next = null;
        return one;
    }

    @Override
    public OutputStream getConnection(URI uri, long length) throws IOException {
        if (next == null) {
            return super.getConnection(uri, length);
        }
        return new ByteArrayOutputStream() {
            @Override
            public void close() throws IOException {
                byte[] octets = spoilt(toByteArray());
                try (OutputStream out = Spoiler.super.getConnection(uri, octets.length)) {
                    out.write(octets);
                }
            }
        };
    }

    private byte[] spoilt(byte[] octets) throws IOException {
        // in Latin-1 every octet is one character and stays as it is
        String text = new String(octets, StandardCharsets.ISO_8859_1);
        String changed = change(text);
        if (changed.equals(text)) {
            throw new IOException("nothing was spoilt");
        }
        return changed.getBytes(StandardCharsets.ISO_8859_1);
    }

    private String change(String text) throws IOException {
        switch (next.text("how")) {
            case "cut":
                return text.substring(0, text.length() * 2 / 3);
            case "flip": // in the last part, shortly before the closing delimiter
                StringBuilder flipped = new StringBuilder(text);
                int at = text.lastIndexOf("\r\n--") - 4;
                flipped.setCharAt(at, (char) (text.charAt(at) ^ 1));
                return flipped.toString();
            case "replace":
                return Pattern.compile(next.text("pattern"), Pattern.DOTALL).matcher(text).replaceFirst(next.text("by", ""));
            default:
                throw new IOException("unknown way to spoil: " + next.text("how"));
        }
    }
}
