import de.osci.osci12.common.Constants;
import de.osci.osci12.common.DialogHandler;
import de.osci.osci12.messageparts.Attachment;
import de.osci.osci12.messageparts.Content;
import de.osci.osci12.messageparts.ContentContainer;
import de.osci.osci12.messageparts.EncryptedDataOSCI;
import de.osci.osci12.messagetypes.ResponseToStoreDelivery;
import de.osci.osci12.messagetypes.StoreDelivery;
import de.osci.osci12.roles.Addressee;

import java.io.ByteArrayInputStream;
import java.util.Map;

/** storeDelivery. */
final class Sending {
    private final DialogHandler dialog;
    private final Keys keys;

    Sending(DialogHandler dialog, Keys keys) {
        this.dialog = dialog;
        this.keys = keys;
    }

    Map<String, String> perform(Words words) throws Exception {
        Addressee to = Keys.addressee(words.text("to"));
        StoreDelivery store = new StoreDelivery(dialog, to, words.text("id"));
        if (words.text("subject") != null) {
            store.setSubject(words.text("subject"));
        }
        if (words.text("custom") != null) {
            store.addCustomHeader(words.text("custom"));
        }
        store.setBase64Encoding(words.flag("base64", false));
        ContentContainer container = container(words);
        if (words.flag("encrypt", true)) {
            store.addEncryptedData(encrypted(container, words, to));
        } else {
            store.addContentContainer(container);
        }
        ResponseToStoreDelivery response = store.send();
        Map<String, String> result = Desk.feedback(response);
        if (!result.get("feedback").startsWith("9")) { // without a card the library's getters fail
            result.put("id", response.getMessageId());
            result.put("creation", response.getTimestampCreation().getTimeStamp());
            result.put("subject", response.getSubject());
            result.put("inspections", String.valueOf(response.getInspections().length));
        }
        return result;
    }

    private ContentContainer container(Words words) throws Exception {
        ContentContainer container = new ContentContainer();
        container.addContent(new Content(words.text("text", "Inhalt")));
        int size = words.number("size", 1000);
        for (int n = 1; n <= words.number("attachments", 0); n++) {
            Attachment attachment = attachment(n, size + n - 1, words);
            attachment.setBase64Encoding(words.flag("base64", false));
            container.addContent(new Content(attachment));
        }
        if (words.text("author") != null) {
            container.sign(keys.author(words.text("author")));
        } else if (words.flag("contentsign", true)) {
            container.sign(dialog.getClient());
        }
        return container;
    }

    /** Attachment n of a size: octet i is (31 i + n) mod 256, so that the other side can say what it must be. */
    private Attachment attachment(int n, int size, Words words) throws Exception {
        byte[] octets = new byte[size];
        for (int i = 0; i < size; i++) {
            octets[i] = (byte) (31 * i + n);
        }
        String name = "anlage-" + n + ".bin";
        if (!words.flag("encrypt", true)) {
            return new Attachment(new ByteArrayInputStream(octets), name);
        }
        return new Attachment(new ByteArrayInputStream(octets), name, contentCipher(words), words.number("contentiv", 12));
    }

    private static String contentCipher(Words words) {
        return words.text("contentsym", Constants.SYMMETRIC_CIPHER_ALGORITHM_AES256_GCM);
    }

    private static EncryptedDataOSCI encrypted(ContentContainer container, Words words, Addressee to) throws Exception {
        EncryptedDataOSCI data = new EncryptedDataOSCI(contentCipher(words), words.number("contentiv", 12), container);
        String method = words.text("contentasym", Constants.ASYMMETRIC_CIPHER_ALGORITHM_RSA_OAEP);
        data.encrypt(to, method);
        if (words.text("reader") != null) {
            data.encrypt(Keys.readerOf(words.text("reader")), method);
        }
        return data;
    }
}
