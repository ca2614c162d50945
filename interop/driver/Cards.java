import de.osci.osci12.common.DialogHandler;
import de.osci.osci12.messageparts.ProcessCardBundle;
import de.osci.osci12.messageparts.Timestamp;
import de.osci.osci12.messagetypes.FetchProcessCard;
import de.osci.osci12.messagetypes.OSCIMessage;
import de.osci.osci12.messagetypes.ResponseToFetchProcessCard;

import java.util.Map;

/** fetchProcessCard. */
final class Cards {
    private final DialogHandler dialog;

    Cards(DialogHandler dialog) {
        this.dialog = dialog;
    }

    Map<String, String> perform(Words words) throws Exception {
        FetchProcessCard fetch = new FetchProcessCard(dialog);
        select(fetch, words);
        if (words.text("limit") != null) {
            fetch.setQuantityLimit(words.number("limit", 1));
        }
        ResponseToFetchProcessCard response = fetch.send();
        Map<String, String> result = Desk.feedback(response);
        ProcessCardBundle[] cards = response.getProcessCardBundles();
        int count = cards == null ? 0 : cards.length;
        result.put("cards", String.valueOf(count));
        for (int i = 0; i < count; i++) {
            result.put("card" + i + ".id", cards[i].getMessageId());
            result.put("card" + i + ".subject", cards[i].getSubject());
            result.put("card" + i + ".creation", stamp(cards[i].getCreation()));
            result.put("card" + i + ".forwarding", stamp(cards[i].getForwarding()));
            result.put("card" + i + ".reception", stamp(cards[i].getReception()));
            result.put("card" + i + ".modified", cards[i].getRecentModification());
            result.put("card" + i + ".inspections", String.valueOf(cards[i].getInspections().length));
        }
        return result;
    }

    private static void select(FetchProcessCard fetch, Words words) {
        switch (words.text("mode", "none")) {
            case "id": // several ids are joined by ";"
                fetch.setSelectionMode(OSCIMessage.SELECT_BY_MESSAGE_ID);
                fetch.setSelectionRule(words.text("rule"));
                break;
            case "reception":
                fetch.setSelectionMode(OSCIMessage.SELECT_BY_DATE_OF_RECEPTION);
                fetch.setSelectionRule(words.text("rule"));
                break;
            case "modification":
                fetch.setSelectionMode(OSCIMessage.SELECT_BY_RECENT_MODIFICATION);
                fetch.setSelectionRule(words.text("rule"));
                break;
            default:
                return;
        }
        if (words.flag("noreception", false)) {
            fetch.setSelectNoReceptionOnly(true);
        }
        String role = words.text("role");
        if (role != null) {
            fetch.setRoleForSelection(role.equals("addressee") ? OSCIMessage.SELECT_ADDRESSEE : OSCIMessage.SELECT_ORIGINATOR);
        }
    }

    private static String stamp(Timestamp stamp) {
        return stamp == null ? "" : stamp.getTimeStamp();
    }
}
