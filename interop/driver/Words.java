import java.util.Map;

/** The words of one order, with defaults. */
final class Words {
    private final Map<String, String> words;

    Words(Map<String, String> words) {
        this.words = words;
    }

    String text(String key) {
        return words.get(key);
    }

    String text(String key, String otherwise) {
        return words.getOrDefault(key, otherwise);
    }

    boolean flag(String key, boolean otherwise) {
        return words.containsKey(key) ? Boolean.parseBoolean(words.get(key)) : otherwise;
    }

    int number(String key, int otherwise) {
        return words.containsKey(key) ? Integer.parseInt(words.get(key)) : otherwise;
    }
}
