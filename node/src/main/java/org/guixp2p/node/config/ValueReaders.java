// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.guixp2p.node.files.UnixSockets;
import org.guixp2p.protocol.FormatException;

/** The kinds of values that settings have. */
final class ValueReaders {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,3})?) ?([a-z]*)");
    private static final Map<String, Long> MILLIS = Map.ofEntries(Map.entry("ms", 1L), Map.entry("", 1_000L),
            Map.entry("s", 1_000L), Map.entry("second", 1_000L), Map.entry("seconds", 1_000L), Map.entry("m", 60_000L),
            Map.entry("min", 60_000L), Map.entry("minute", 60_000L), Map.entry("minutes", 60_000L),
            Map.entry("h", 3_600_000L), Map.entry("hour", 3_600_000L), Map.entry("hours", 3_600_000L));
    private static final Pattern GROUP = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_-]{0,31}");
    private static final Pattern TRAILING_LINE = Pattern.compile(": ([0-9]+)$");

    private ValueReaders() {}

    /** Reads a text by a parser that says itself what is wrong. */
    @FunctionalInterface
    interface TextParser<T> {
        T parse(String text) throws FormatException;
    }

    /** Where a value stands: {@code FILE:LINE}, or the option it came from. */
    static String place(ConfigOrigin origin) {
        if (origin.filename() != null) {
            return origin.lineNumber() > 0 ? origin.filename() + ":" + origin.lineNumber() : origin.filename();
        }
        Matcher line = TRAILING_LINE.matcher(origin.description());
        return line.replaceFirst(origin.description().startsWith("-") ? "" : ":$1");
    }

    /** A failure whose message names what was expected, and quotes what stands there. */
    static ConfigException fault(String key, ConfigValue value, String expected) {
        return faultSaying(key, value, expected + " expected, found " + show(value));
    }

    private static ConfigException faultSaying(String key, ConfigValue value, String problem) {
        return new ConfigException(List.of(new ConfigFault(place(value.origin()), key, problem)));
    }

    private static String show(ConfigValue value) {
        return switch (value.valueType()) {
            case STRING -> FormatException.quote(String.valueOf(value.unwrapped()));
            case OBJECT -> "an object";
            case LIST -> "a list";
            case NULL -> "null";
            case NUMBER, BOOLEAN -> FormatException.quote(value.render(ConfigRenderOptions.concise()));
        };
    }

    private static Optional<String> text(ConfigValue value) {
        return switch (value.valueType()) {
            case STRING -> Optional.of(String.valueOf(value.unwrapped()));
            case NUMBER -> Optional.of(new BigDecimal(String.valueOf(value.unwrapped())).toPlainString());
            case OBJECT, LIST, NULL, BOOLEAN -> Optional.empty();
        };
    }

    /** The constants of {@code type}, in lower case with hyphens. */
    static <E extends Enum<E>> ValueReader<E> word(Class<E> type) {
        E[] constants = type.getEnumConstants();
        String expected = Arrays.stream(constants).map(c -> "'" + Words.of(c) + "'").collect(Collectors.joining(", "));
        return (key, value) -> {
            String found = text(value).orElse("");
            for (E constant : constants) {
                if (Words.of(constant).equals(found)) {
                    return constant;
                }
            }
            throw fault(key, value, "one of " + expected);
        };
    }

    static ValueReader<Integer> integer(int least, int most) {
        return (key, value) -> {
            String digits = text(value).orElse("");
            if (digits.matches("[0-9]{1,9}")) {
                int number = Integer.parseInt(digits);
                if (number >= least && number <= most) {
                    return number;
                }
            }
            throw fault(key, value, "a whole number from " + least + " to " + most);
        };
    }

    /** A share of something: more than nothing, at most all. */
    static ValueReader<Double> fraction() {
        return (key, value) -> {
            String digits = text(value).orElse("");
            if (digits.matches("[01](\\.[0-9]{1,6})?")) {
                double share = Double.parseDouble(digits);
                if (share > 0 && share <= 1) {
                    return share;
                }
            }
            throw fault(key, value, "a number above 0, at most 1, such as 0.1,");
        };
    }

    /** A number with a unit; seconds without one. */
    static ValueReader<Duration> duration(Duration least, Duration most) {
        return (key, value) -> {
            Matcher parts = DURATION.matcher(text(value).orElse("").trim());
            Long factor = parts.matches() ? MILLIS.get(parts.group(2)) : null;
            if (factor != null) {
                Duration duration = Duration
                        .ofMillis(new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(factor))
                                .setScale(0, RoundingMode.DOWN).longValueExact());
                if (duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0) {
                    return duration;
                }
            }
            throw fault(key, value,
                    "a time from " + human(least) + " to " + human(most) + ", such as '30 s' or '2 min',");
        };
    }

    private static String human(Duration duration) {
        return duration.toMillis() % 1000 != 0 ? duration.toMillis() + " ms" : duration.toSeconds() + " s";
    }

    static ValueReader<Path> absolutePath() {
        return (key, value) -> path(text(value).orElse(""))
                .orElseThrow(() -> fault(key, value, "an absolute path"));
    }

    private static Optional<Path> path(String text) {
        try {
            return text.startsWith("/") ? Optional.of(Path.of(text).normalize()) : Optional.empty();
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    static ValueReader<Path> socketPath() {
        return (key, value) -> {
            Path path = absolutePath().read(key, value);
            if (path.toString().getBytes(StandardCharsets.UTF_8).length > UnixSockets.MOST_PATH_BYTES) {
                throw fault(key, value, "a path of at most " + UnixSockets.MOST_PATH_BYTES + " bytes");
            }
            return path;
        };
    }

    /** {@code other} unless the text is empty. */
    static <T> ValueReader<Optional<T>> optional(ValueReader<T> other) {
        return (key, value) -> isEmpty(value) ? Optional.empty() : Optional.of(other.read(key, value));
    }

    static <T> ValueReader<T> orElse(ValueReader<T> other, T whenEmpty) {
        return (key, value) -> isEmpty(value) ? whenEmpty : other.read(key, value);
    }

    /** {@code other}, or nothing when the text is {@code off}. */
    static <T> ValueReader<Optional<T>> orOff(ValueReader<T> other) {
        return (key, value) -> text(value).orElse("").equals("off")
                ? Optional.empty()
                : Optional.of(other.read(key, value));
    }

    private static boolean isEmpty(ConfigValue value) {
        return value.valueType() == ConfigValueType.STRING && String.valueOf(value.unwrapped()).isEmpty();
    }

    static <T> ValueReader<T> parsed(String expected, TextParser<T> parser) {
        return (key, value) -> {
            String text = text(value).orElseThrow(() -> fault(key, value, expected));
            try {
                return parser.parse(text);
            } catch (FormatException e) {
                String wrong = String.valueOf(e.getMessage());
                throw faultSaying(key, value, wrong.contains("expected") ? wrong : expected + " expected: " + wrong);
            }
        };
    }

    static ValueReader<String> group() {
        return (key, value) -> text(value).filter(name -> GROUP.matcher(name).matches())
                .orElseThrow(() -> fault(key, value, "the name of a group"));
    }

    static ValueReader<URI> serverUrl() {
        return (key, value) -> {
            try {
                URI uri = new URI(text(value).orElse("").replaceFirst("/+$", ""));
                boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
                if (web && uri.getHost() != null && uri.getUserInfo() == null && uri.getQuery() == null
                        && uri.getFragment() == null) {
                    return uri;
                }
            } catch (URISyntaxException e) {
                throw fault(key, value, "an http:// or https:// URL");
            }
            throw fault(key, value, "an http:// or https:// URL without user, query or fragment");
        };
    }

    static ValueReader<PublicKeySource> publicKey() {
        return (key, value) -> {
            String text = text(value).orElse("").strip();
            if (text.equals("guix")) {
                return new PublicKeySource.Shipped();
            }
            if (text.startsWith("(") && text.endsWith(")")) {
                return new PublicKeySource.Inline(text);
            }
            return path(text).map(PublicKeySource.KeyFile::new)
                    .orElseThrow(
                            () -> fault(key, value, "'guix', the absolute path of a key file, or an s-expression"));
        };
    }

    /** A list, or one text whose words are the elements, as Guix writes several URLs. */
    static <T> ValueReader<List<T>> words(ValueReader<T> element) {
        return (key, value) -> elements(key, value.valueType() == ConfigValueType.STRING ? split(value) : value,
                element);
    }

    /** A list, or one text that is its only element. */
    static <T> ValueReader<List<T>> list(ValueReader<T> element) {
        return (key, value) -> value.valueType() == ConfigValueType.STRING
                ? List.of(element.read(key, value))
                : elements(key, value, element);
    }

    /** {@code other}, which must not be empty. */
    static <T> ValueReader<List<T>> atLeastOne(ValueReader<List<T>> other) {
        return (key, value) -> {
            List<T> list = other.read(key, value);
            if (list.isEmpty()) {
                throw faultSaying(key, value, "at least one element expected, found none");
            }
            return list;
        };
    }

    /** What a list or a text of words holds; anything else is an element that its reader will refuse. */
    static List<ConfigValue> elements(ConfigValue value) {
        ConfigValue list = value.valueType() == ConfigValueType.STRING ? split(value) : value;
        return list instanceof ConfigList values ? values : List.of(value);
    }

    private static ConfigValue split(ConfigValue value) {
        String text = String.valueOf(value.unwrapped()).strip();
        List<String> words = text.isEmpty() ? List.of() : List.of(text.split("\\s+"));
        List<ConfigValue> values = words.stream()
                .map(word -> ConfigValueFactory.fromAnyRef(word).withOrigin(value.origin())).toList();
        return ConfigValueFactory.fromIterable(values).withOrigin(value.origin());
    }

    private static <T> List<T> elements(String key, ConfigValue value, ValueReader<T> reader) throws ConfigException {
        if (!(value instanceof ConfigList list)) {
            throw fault(key, value, "a list");
        }
        List<T> elements = new ArrayList<>();
        List<ConfigFault> faults = new ArrayList<>();
        for (ConfigValue element : list) {
            try {
                elements.add(reader.read(key, element));
            } catch (ConfigException e) {
                faults.addAll(e.faults());
            }
        }
        if (!faults.isEmpty()) {
            throw new ConfigException(faults);
        }
        return List.copyOf(elements);
    }
}
