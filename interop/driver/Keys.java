import de.osci.osci12.roles.Addressee;
import de.osci.osci12.roles.Author;
import de.osci.osci12.roles.Originator;
import de.osci.osci12.roles.Reader;
import de.osci.osci12.samples.impl.crypto.PKCS12Decrypter;
import de.osci.osci12.samples.impl.crypto.PKCS12Signer;

import java.io.FileInputStream;
import java.io.InputStream;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;

/** Roles of the library from PREFIX-cipher.p12, PREFIX-signature.p12 and their .cer files. */
final class Keys {
    private final String password;
    private final boolean pss;

    Keys(Words words) {
        password = words.text("password", "poststelle");
        pss = words.flag("pss", false);
    }

    static X509Certificate certificate(String file) throws Exception {
        try (InputStream in = new FileInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    /** The key in PREFIX-signature.p12, or in a file that is named whole. */
    private PKCS12Signer signer(String prefix) throws Exception {
        String file = prefix.endsWith(".p12") ? prefix : prefix + "-signature.p12";
        try (InputStream in = new FileInputStream(file)) {
            return new PKCS12Signer(in, password, pss);
        }
    }

    private PKCS12Decrypter decrypter(String prefix) throws Exception {
        try (InputStream in = new FileInputStream(prefix + "-cipher.p12")) {
            return new PKCS12Decrypter(in, password);
        }
    }

    /** The client of a dialog; signatureFrom may name another person's signature key. */
    Originator originator(String prefix, String signatureFrom) throws Exception {
        return new Originator(signer(signatureFrom == null ? prefix : signatureFrom), decrypter(prefix));
    }

    Author author(String prefix) throws Exception {
        return new Author(signer(prefix), null);
    }

    Reader reader(String prefix) throws Exception {
        return new Reader(decrypter(prefix));
    }

    static Reader readerOf(String cer) throws Exception {
        return new Reader(certificate(cer));
    }

    static Addressee addressee(String cer) throws Exception {
        return new Addressee((X509Certificate) null, certificate(cer));
    }
}
