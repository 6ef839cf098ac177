// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** How answers are written. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record that is no JSON", e);
        }
    }

    static byte[] bytes(Object value) {
        return write(value).getBytes(StandardCharsets.UTF_8);
    }

    /** The same as a map, but for what is null. */
    static Map<String, Object> members(EventRecord event) {
        Map<String, Object> members = new LinkedHashMap<>();
        of(event).properties().stream().filter(member -> !member.getValue().isNull())
                .forEach(member -> members.put(member.getKey(),
                        MAPPER.convertValue(member.getValue(), Object.class)));
        return members;
    }

    /** An event: its number, time, topic and type, and then what the record has. */
    static ObjectNode of(EventRecord event) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("number", event.number()).put("at", event.at().toString()).put("topic", event.event().topic())
                .put("type", event.event().type());
        ObjectNode members = MAPPER.valueToTree(event.event());
        json.setAll(members);
        return json;
    }
}
