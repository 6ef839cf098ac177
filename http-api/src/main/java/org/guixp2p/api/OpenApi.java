// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Describes the API by OpenAPI 3.1, from its table and from the records that it answers with. */
final class OpenApi {
    private final Map<String, Object> schemas = new TreeMap<>();

    private OpenApi() {}

    static Map<String, Object> describe(List<ApiTable.Row> rows) {
        OpenApi description = new OpenApi();
        Map<String, Object> paths = new LinkedHashMap<>();
        rows.forEach(row -> paths.put(row.path(), Map.of("get", description.operation(row))));
        description.schemas.put("Problem", schemaOf("object", Map.of("properties", Map.of("status",
                schemaOf("integer", Map.of()), "title", schemaOf("string", Map.of()), "detail",
                schemaOf("string", Map.of())), "required", List.of("status", "title", "detail"))));
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("openapi", "3.1.0");
        all.put("info", Map.of("title", "guix-p2p", "version", "1", "description",
                "What a node shows of itself to the users of its machine."));
        all.put("paths", paths);
        all.put("components", Map.of("schemas", description.schemas));
        return all;
    }

    private Map<String, Object> operation(ApiTable.Row row) {
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("summary", row.about());
        Stream<Map<String, Object>> inPath = row.path().contains("{")
                ? Stream.of(parameter(row.path().replaceAll(".*\\{(.*)}.*", "$1"), "path", "", "string"))
                : Stream.empty();
        operation.put("parameters", Stream.concat(inPath, row.parameters().stream()
                .map(one -> parameter(one.name(), "query", one.about(), one.type()))).toList());
        Map<String, Object> responses = new LinkedHashMap<>();
        responses.put(row.shape() == ApiTable.Shape.SOCKET ? "101" : "200", answer(row));
        if (row.shape() == ApiTable.Shape.OBJECT || row.shape() == ApiTable.Shape.LIST) {
            responses.put("304", Map.of("description", "It is as If-None-Match says."));
        }
        responses.put("default", Map.of("description", "What is wrong, by RFC 9457.", "content",
                Map.of("application/problem+json", Map.of("schema", reference("Problem")))));
        operation.put("responses", responses);
        return operation;
    }

    private static Map<String, Object> parameter(String name, String in, String about, String type) {
        return Map.of("name", name, "in", in, "description", about, "required", in.equals("path"), "schema",
                schemaOf(type, Map.of()));
    }

    private Map<String, Object> answer(ApiTable.Row row) {
        String description = "The answer.";
        return switch (row.shape()) {
            case OBJECT -> Map.of("description", description, "content",
                    Map.of("application/json", Map.of("schema", schema(row.answer()))));
            case LIST -> Map.of("description", description, "content",
                    Map.of("application/json", Map.of("schema", array(schema(row.answer())))));
            case TEXT -> Map.of("description", description, "content",
                    Map.of("text/plain", Map.of("schema", schemaOf("string", Map.of()))));
            case EVENTS -> Map.of("description", description, "content",
                    Map.of("text/event-stream", Map.of("schema", event())));
            case SOCKET -> Map.of("description", "Each text frame is an object as those in /api/events.");
        };
    }

    private static Map<String, Object> array(Map<String, Object> items) {
        return schemaOf("array", Map.of("items", items));
    }

    private static Map<String, Object> schemaOf(String type, Map<String, Object> more) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", type);
        schema.putAll(more);
        return schema;
    }

    private static Map<String, Object> reference(String name) {
        return Map.of("$ref", "#/components/schemas/" + name);
    }

    /** An event has the members that are the same for all, and those of its type. */
    private Map<String, Object> event() {
        if (!schemas.containsKey("Event")) {
            schemas.put("Event", Map.of());
            List<Map<String, Object>> types = NodeEvent.kinds(NodeEvent.class).map(this::schema).toList();
            schemas.put("Event", schemaOf("object", Map.of("properties",
                    Map.of("number", schemaOf("integer", Map.of()), "at",
                            schemaOf("string", Map.of("format", "date-time")), "topic",
                            schemaOf("string", Map.of("enum", NodeEvent.TOPICS)), "type",
                            schemaOf("string", Map.of("enum", NodeEvent.TYPES))),
                    "required", List.of("number", "at", "topic", "type"), "anyOf", types)));
        }
        return reference("Event");
    }

    private Map<String, Object> schema(Type type) {
        if (type instanceof ParameterizedType list && List.class.equals(list.getRawType())) {
            Type item = list.getActualTypeArguments()[0];
            // The members of events stand beside each other.
            return array(item instanceof ParameterizedType ? event() : schema(item));
        }
        if (int.class.equals(type) || Integer.class.equals(type) || long.class.equals(type)) {
            return schemaOf("integer", Map.of());
        }
        if (double.class.equals(type) || Double.class.equals(type)) {
            return schemaOf("number", Map.of());
        }
        if (boolean.class.equals(type)) {
            return schemaOf("boolean", Map.of());
        }
        if (String.class.equals(type)) {
            return schemaOf("string", Map.of());
        }
        if (EventRecord.class.equals(type)) {
            return event();
        }
        if (type instanceof Class<?> kind && kind.isRecord()) {
            return ofRecord(kind);
        }
        return schemaOf("object", Map.of());
    }

    private Map<String, Object> ofRecord(Class<?> kind) {
        String name = kind.getSimpleName();
        if (!schemas.containsKey(name)) {
            schemas.put(name, Map.of());
            Map<String, Object> properties = new LinkedHashMap<>();
            for (RecordComponent component : kind.getRecordComponents()) {
                properties.put(component.getName(), ofComponent(component));
            }
            schemas.put(name, schemaOf("object",
                    Map.of("properties", properties, "required", List.copyOf(properties.keySet()))));
        }
        return reference(name);
    }

    private Map<String, Object> ofComponent(RecordComponent component) {
        Map<String, Object> schema = schema(component.getGenericType());
        return component.getAnnotatedType().isAnnotationPresent(Nullable.class)
                ? Map.of("type", List.of(String.valueOf(schema.get("type")), "null"))
                : schema;
    }
}
