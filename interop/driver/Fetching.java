import de.osci.osci12.common.DialogHandler;
import de.osci.osci12.messageparts.Attachment;
import de.osci.osci12.messageparts.Content;
import de.osci.osci12.messageparts.ContentContainer;
import de.osci.osci12.messageparts.EncryptedDataOSCI;
import de.osci.osci12.messageparts.OSCISignature;
import de.osci.osci12.messagetypes.FetchDelivery;
import de.osci.osci12.messagetypes.OSCIMessage;
import de.osci.osci12.messagetypes.ResponseToFetchDelivery;
import de.osci.osci12.roles.Role;

import java.io.InputStream;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.Map;

/** fetchDelivery: fetches, decrypts and checks the content. */
final class Fetching {
    private final DialogHandler dialog;
    private final Keys keys;
    private int container;

    Fetching(DialogHandler dialog, Keys keys) {
        this.dialog = dialog;
        this.keys = keys;
    }

    Map<String, String> perform(Words words) throws Exception {
        FetchDelivery fetch = new FetchDelivery(dialog);
        switch (words.text("mode", "none")) {
            case "id":
                fetch.setSelectionMode(OSCIMessage.SELECT_BY_MESSAGE_ID);
                fetch.setSelectionRule(words.text("rule"));
                break;
            case "date":
                fetch.setSelectionMode(OSCIMessage.SELECT_BY_DATE_OF_RECEPTION);
                fetch.setSelectionRule(words.text("rule"));
                break;
            default:
                break;
        }
        ResponseToFetchDelivery response = fetch.send();
        for (int n = 1; n < words.number("times", 1); n++) { // the library's sample does this, and must not
            response = fetch.send();
        }
        Map<String, String> result = Desk.feedback(response);
        result.put("echo", String.valueOf(response.getSelectionRule()));
        if (response.getProcessCardBundle() != null) {
            facts(response, result);
            contents(response, words, result);
        }
        return result;
    }

    private static void facts(ResponseToFetchDelivery response, Map<String, String> result) throws Exception {
        result.put("id", response.getMessageId());
        result.put("subject", response.getSubject());
        result.put("creation", response.getTimestampCreation().getTimeStamp());
        result.put("forwarding", response.getTimestampForwarding().getTimeStamp());
        result.put("custom", String.join("\n", response.getCustomHeaders()));
    }

    private void contents(ResponseToFetchDelivery response, Words words, Map<String, String> result) throws Exception {
        container = 0;
        for (ContentContainer one : response.getContentContainer()) {
            describe(one, result);
        }
        String reader = words.text("reader");
        Role role = reader == null ? response.getAddressee() : keys.reader(reader);
        if (reader == null && role != null) {
            role = dialog.getClient();
        }
        for (EncryptedDataOSCI data : response.getEncryptedData()) {
            describe(data.decrypt(role), result);
        }
    }

    private void describe(ContentContainer one, Map<String, String> result) throws Exception {
        String prefix = "container" + container++ + ".";
        OSCISignature[] signatures = one.getSignatures();
        result.put(prefix + "signatures", String.valueOf(signatures == null ? 0 : signatures.length));
        result.put(prefix + "valid", String.valueOf(one.checkAllSignatures()));
        for (Content content : one.getContents()) {
            if (content.getContentType() == Content.ATTACHMENT_REFERENCE) {
                Attachment attachment = content.getAttachment();
                result.put(prefix + attachment.getRefID(), digest(attachment));
            } else if (content.getContentType() == Content.DATA) {
                result.put(prefix + "text", content.getContentData());
            }
        }
    }

    /** Size and SHA-256 of the plaintext. */
    private static String digest(Attachment attachment) throws Exception {
        MessageDigest sum = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[65536];
        long size = 0;
        try (InputStream in = attachment.getStream()) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                sum.update(buffer, 0, n);
                size += n;
            }
        }
        return size + " " + String.format("%064x", new BigInteger(1, sum.digest()));
    }
}
