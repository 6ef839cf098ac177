// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The body of a request that changes something: one JSON object, of the members that are described and no others. */
final class WriteBody {
    private static final JsonMapper MAPPER = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private final ObjectNode members;

    private WriteBody(ObjectNode members) {
        this.members = members;
    }

    /** What is in a member. */
    enum Kind {
        /** A text. */
        STRING,
        /** A whole number of at least 0. */
        INTEGER
    }

    /** One member. */
    record Member(String name, String about, Kind kind, boolean required) {
        private boolean suits(JsonNode value) {
            return switch (kind) {
                case STRING -> value.isTextual();
                case INTEGER -> value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0;
            };
        }
    }

    /** Of a request that has none. */
    static WriteBody none() {
        return new WriteBody(JsonNodeFactory.instance.objectNode());
    }

    /**
     * Reads one.
     *
     * @throws BadQuestionException when it is no JSON object, or not of these members
     */
    static WriteBody parse(byte[] bytes, List<Member> described) {
        if (!(tree(bytes) instanceof ObjectNode members)) {
            throw new BadQuestionException("the body is no JSON object");
        }
        members.fieldNames().forEachRemaining(name -> {
            if (described.stream().noneMatch(member -> member.name().equals(name))) {
                throw new BadQuestionException("the body has a member that is not described; those that are: "
                        + described.stream().map(Member::name).collect(Collectors.joining(", ")));
            }
        });
        for (Member member : described) {
            JsonNode value = members.get(member.name());
            if (value == null && member.required()) {
                throw new BadQuestionException("the body has no " + member.name());
            }
            if (value != null && !member.suits(value)) {
                throw new BadQuestionException(member.name() + ": " + switch (member.kind()) {
                    case STRING -> "a text expected";
                    case INTEGER -> "a whole number of at least 0 expected";
                });
            }
        }
        return new WriteBody(members);
    }

    private static JsonNode tree(byte[] bytes) {
        try {
            return MAPPER.readTree(bytes);
        } catch (IOException e) {
            throw new BadQuestionException("the body is no JSON");
        }
    }

    /** A text that must be there. */
    String text(String name) {
        return members.required(name).textValue();
    }

    /** A number, if it is there. */
    Optional<Long> number(String name) {
        return Optional.ofNullable(members.get(name)).map(JsonNode::longValue);
    }
}
