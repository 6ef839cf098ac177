// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.TSFBuilder;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * The body of a control frame, read against a schema: one CBOR map (RFC 8949) with text keys. A key of the schema must have
 * a value of its kind; other keys are skipped, whatever they hold; no key stands twice; nothing follows the map.
 */
final class CborMap {
    private static final CBORFactory CBOR = factory();
    private static final int MAX_DEPTH = 8;

    private final String what;
    private final Map<String, Object> values;

    private CborMap(String what, Map<String, Object> values) {
        this.what = what;
        this.values = values;
    }

    /** What a value must be; lengths are in bytes, characters or elements. */
    sealed interface Kind {}

    /** An unsigned number. */
    record Uint(long most) implements Kind {}

    /** True or false. */
    record Bool() implements Kind {}

    /** A text. */
    record Text(int most) implements Kind {}

    /** A byte string. */
    record Bytes(int least, int most) implements Kind {}

    /** An array, all of whose elements are of one kind. */
    record Array(Kind element, int most) implements Kind {}

    /** A map. */
    record Struct(Map<String, Kind> schema) implements Kind {}

    private static CBORFactory factory() {
        StreamReadConstraints limits = StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).maxNameLength(256)
                .maxStringLength(FrameType.CONTROL).build();
        TSFBuilder<?, ?> builder = CBORFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(limits);
        return (CBORFactory) builder.build();
    }

    /**
     * Reads a whole body.
     *
     * @param what the frame, for messages
     */
    static CborMap read(String what, byte[] body, Map<String, Kind> schema) throws FormatException {
        try (JsonParser parser = CBOR.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new FormatException(what + ": a CBOR map expected");
            }
            CborMap map = struct(what, parser, schema);
            if (parser.nextToken() != null) {
                throw new FormatException(what + ": more than one CBOR value");
            }
            return map;
        } catch (FormatException e) {
            throw e;
        } catch (StreamConstraintsException e) {
            throw new FormatException(what + ": CBOR beyond the limits", e);
        } catch (JsonParseException e) {
            throw new FormatException(what + ": malformed CBOR: " + FormatException.quote(e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new FormatException(what + ": CBOR that ends too early", e);
        }
    }

    private static CborMap struct(String what, JsonParser parser, Map<String, Kind> schema) throws IOException {
        Map<String, Object> values = new HashMap<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_OBJECT; token = parser.nextToken()) {
            if (token != JsonToken.FIELD_NAME) {
                throw new FormatException(what + ": CBOR that ends too early");
            }
            String key = parser.currentName();
            Kind kind = schema.get(key);
            parser.nextToken();
            if (kind == null) {
                skip(what, parser);
            } else if (values.put(key, value(what + " " + key, parser, kind)) != null) {
                throw new FormatException(what + ": '" + key + "' twice");
            }
        }
        return new CborMap(what, values);
    }

    private static void skip(String what, JsonParser parser) throws IOException {
        parser.skipChildren();
        if (parser.currentToken() == null) {
            throw new FormatException(what + ": CBOR that ends too early");
        }
    }

    private static Object value(String what, JsonParser parser, Kind kind) throws IOException {
        JsonToken token = parser.currentToken();
        switch (kind) {
            case Uint(long most) -> {
                expect(what, token == JsonToken.VALUE_NUMBER_INT, "a number");
                boolean fits = parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
                expect(what, fits && parser.getLongValue() >= 0 && parser.getLongValue() <= most, "0 to " + most);
                return parser.getLongValue();
            }
            case Bool() -> {
                expect(what, token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE, "true or false");
                return token == JsonToken.VALUE_TRUE;
            }
            case Text(int most) -> {
                expect(what, token == JsonToken.VALUE_STRING, "a text");
                expect(what, parser.getTextLength() <= most, "up to " + most + " characters");
                return parser.getText();
            }
            case Bytes(int least, int most) -> {
                expect(what, token == JsonToken.VALUE_EMBEDDED_OBJECT && parser.getEmbeddedObject() instanceof byte[],
                        "bytes");
                byte[] bytes = parser.getBinaryValue();
                expect(what, bytes.length >= least && bytes.length <= most, least + " to " + most + " bytes");
                return bytes;
            }
            case Array(Kind element, int most) -> {
                expect(what, token == JsonToken.START_ARRAY, "an array");
                return array(what, parser, element, most);
            }
            case Struct(Map<String, Kind> schema) -> {
                expect(what, token == JsonToken.START_OBJECT, "a map");
                return struct(what, parser, schema);
            }
        }
    }

    private static List<Object> array(String what, JsonParser parser, Kind element, int most) throws IOException {
        List<Object> elements = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            expect(what, elements.size() < most, "up to " + most + " elements");
            elements.add(value(what, parser, element));
        }
        return elements;
    }

    private static void expect(String what, boolean holds, String expected) throws FormatException {
        if (!holds) {
            throw new FormatException(what + ": " + expected + " expected");
        }
    }

    private <T> T get(String key, Class<T> type) throws FormatException {
        Object value = values.get(key);
        if (value == null) {
            throw new FormatException(what + ": no '" + key + "'");
        }
        return type.cast(value);
    }

    private <T> T get(String key, Class<T> type, T absent) {
        Object value = values.get(key);
        return value == null ? absent : type.cast(value);
    }

    long uint(String key) throws FormatException {
        return get(key, Long.class);
    }

    long uint(String key, long absent) {
        return get(key, Long.class, absent);
    }

    boolean bool(String key, boolean absent) {
        return get(key, Boolean.class, absent);
    }

    String text(String key) throws FormatException {
        return get(key, String.class);
    }

    String text(String key, String absent) {
        return get(key, String.class, absent);
    }

    byte[] bytes(String key) throws FormatException {
        return get(key, byte[].class);
    }

    byte[] bytes(String key, byte[] absent) {
        return get(key, byte[].class, absent);
    }

    /** The elements of an array; of one that is absent, none. */
    <T> List<T> array(String key, Class<T> type) {
        List<?> elements = get(key, List.class, List.of());
        return elements.stream().<T>map(type::cast).toList();
    }

    @Nullable
    CborMap struct(String key) {
        return (CborMap) values.get(key);
    }
}
