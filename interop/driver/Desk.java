import de.osci.osci12.common.DialogHandler;
import de.osci.osci12.messagetypes.ExitDialog;
import de.osci.osci12.messagetypes.ForwardDelivery;
import de.osci.osci12.messagetypes.GetMessageId;
import de.osci.osci12.messagetypes.InitDialog;
import de.osci.osci12.messagetypes.OSCIResponseTo;
import de.osci.osci12.messagetypes.ResponseToGetMessageId;
import de.osci.osci12.roles.Intermed;
import de.osci.osci12.roles.Originator;

import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The verbs: dialog, init, exit, messageid, store, fetch, cards, forward and, for what the network may do, spoil. */
final class Desk {
    private final Map<String, DialogHandler> dialogs = new HashMap<>();
    private final Map<String, Keys> keys = new HashMap<>();
    private final Map<String, Spoiler> roads = new HashMap<>();

    Map<String, String> perform(String verb, Words words) throws Exception {
        switch (verb) {
            case "dialog":
                return open(words);
            case "init":
                return feedback(new InitDialog(dialog(words)).send());
            case "exit":
                return feedback(new ExitDialog(dialog(words)).send());
            case "messageid":
                return messageId(words);
            case "store":
                return new Sending(dialog(words), keys.get(words.text("d"))).perform(words);
            case "fetch":
                return new Fetching(dialog(words), keys.get(words.text("d"))).perform(words);
            case "cards":
                return new Cards(dialog(words)).perform(words);
            case "forward":
                return feedback(new ForwardDelivery(dialog(words), Keys.addressee(words.text("to")),
                        words.text("receiver"), words.text("id")).send());
            case "spoil":
                roads.get(words.text("d")).spoil(words);
                return new LinkedHashMap<>();
            default:
                throw new IllegalArgumentException("unknown verb " + verb);
        }
    }

    private DialogHandler dialog(Words words) {
        return dialogs.get(words.text("d"));
    }

    /** Makes a DialogHandler; nothing is sent. */
    private Map<String, String> open(Words words) throws Exception {
        if (words.text("digest") != null) {
            DialogHandler.setDigestAlgorithm(words.text("digest"));
        }
        if (words.text("sig") != null) {
            DialogHandler.setSignatureAlgorithm(words.text("sig"));
        }
        Keys own = new Keys(words);
        Originator client = own.originator(words.text("as"), words.text("signas"));
        String signature = words.text("intermediarysignature");
        X509Certificate signatureCertificate = signature == null ? null : Keys.certificate(signature);
        Intermed office = new Intermed(signatureCertificate, Keys.certificate(words.text("intermediary")),
                new URI(words.text("url")));
        Spoiler road = new Spoiler();
        DialogHandler handler = new DialogHandler(client, office, road);
        handler.setEncryption(words.flag("encryption", true));
        handler.setCreateSignatures(words.flag("sign", true));
        handler.setSendFeatureDescription(words.flag("features", true));
        handler.setLanguageList(words.text("lang", "de"));
        if (words.text("sym") != null) {
            handler.setSymmetricCipherAlgorithm(words.text("sym"));
        }
        if (words.text("iv") != null) {
            handler.setIvLength(words.number("iv", 12));
        }
        if (words.text("asym") != null) {
            handler.setAsymmetricCipherAlgorithm(words.text("asym"));
        }
        dialogs.put(words.text("d"), handler);
        roads.put(words.text("d"), road);
        keys.put(words.text("d"), own);
        return new LinkedHashMap<>();
    }

    private Map<String, String> messageId(Words words) throws Exception {
        ResponseToGetMessageId response = new GetMessageId(dialog(words)).send();
        Map<String, String> result = feedback(response);
        result.put("id", response.getMessageId());
        return result;
    }

    /** What every answer has: feedback entries as code|language|text, one a line, and whether it is signed. */
    static Map<String, String> feedback(OSCIResponseTo response) {
        Map<String, String> result = new LinkedHashMap<>();
        StringBuilder text = new StringBuilder();
        for (String[] entry : response.getFeedback()) {
            if (text.length() > 0) {
                text.append('\n');
            }
            text.append(entry[1]).append('|').append(entry[0]).append('|').append(entry[2]);
        }
        result.put("feedback", text.toString());
        result.put("signed", String.valueOf(response.isSigned()));
        result.put("features", String.valueOf(response.getFeatureDescription() != null));
        return result;
    }
}
