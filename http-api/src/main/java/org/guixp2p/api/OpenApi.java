// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Describes the API by OpenAPI 3.1, from its table and from the records that it answers with. */
final class OpenApi {
    private static final String TOKEN = "token";

    private final Map<String, Object> schemas = new TreeMap<>();

    private OpenApi() {}

    static Map<String, Object> describe(List<ApiTable.Row> rows, List<WriteTable.Row> writes) {
        OpenApi description = new OpenApi();
        Map<String, Map<String, Object>> paths = new LinkedHashMap<>();
        rows.forEach(row -> methods(paths, row.path()).put("get", description.operation(row)));
        writes.forEach(row -> methods(paths, row.path()).put(row.method().toLowerCase(Locale.ROOT),
                description.operation(row)));
        description.schemas.put("Problem", schemaOf("object", Map.of("properties", Map.of("status",
                schemaOf("integer", Map.of()), "title", schemaOf("string", Map.of()), "detail",
                schemaOf("string", Map.of())), "required", List.of("status", "title", "detail"))));
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("openapi", "3.1.0");
        all.put("info", Map.of("title", "guix-p2p", "version", "1", "description",
                "What a node shows of itself to the users of its machine, and what whoever has its token can change."));
        all.put("paths", paths);
        all.put("components", Map.of("schemas", description.schemas, "securitySchemes",
                Map.of(TOKEN, Map.of("type", "http", "scheme", "bearer"))));
        return all;
    }

    private static Map<String, Object> methods(Map<String, Map<String, Object>> paths, String path) {
        return paths.computeIfAbsent(path, unknown -> new LinkedHashMap<>());
    }

    private Map<String, Object> operation(WriteTable.Row row) {
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("summary", row.about());
        operation.put("parameters", inPath(row.path()));
        operation.put("security", row.isOpen() ? List.of() : List.of(Map.of(TOKEN, List.of())));
        if (!row.members().isEmpty()) {
            operation.put("requestBody",
                    Map.of("required", true, "content", Map.of("application/json", Map.of("schema", body(row)))));
        }
        Map<String, Object> answer = Map.of("description", "It is so.", "content",
                Map.of("application/json", Map.of("schema", schema(row.answer()))));
        Map<String, Object> responses = new LinkedHashMap<>();
        responses.put("200", answer);
        if (row.createsSomething()) {
            responses.put("201", answer);
        }
        responses.put("default", problem());
        operation.put("responses", responses);
        return operation;
    }

    private static Map<String, Object> body(WriteTable.Row row) {
        Map<String, Object> properties = new LinkedHashMap<>();
        row.members().forEach(member -> properties.put(member.name(), schemaOf(switch (member.kind()) {
            case STRING -> "string";
            case INTEGER -> "integer";
        }, Map.of("description", member.about()))));
        return schemaOf("object", Map.of("properties", properties, "additionalProperties", false, "required",
                row.members().stream().filter(WriteBody.Member::required).map(WriteBody.Member::name).toList()));
    }

    private static Map<String, Object> problem() {
        return Map.of("description", "What is wrong, by RFC 9457.", "content",
                Map.of("application/problem+json", Map.of("schema", reference("Problem"))));
    }

    private static List<Map<String, Object>> inPath(String path) {
        return new PathPattern(path).keyName().stream().map(name -> parameter(name, "path", "", "string")).toList();
    }

    private Map<String, Object> operation(ApiTable.Row row) {
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("summary", row.about());
        operation.put("parameters", Stream.concat(inPath(row.path()).stream(), row.parameters().stream()
                .map(one -> parameter(one.name(), "query", one.about(), one.type()))).toList());
        Map<String, Object> responses = new LinkedHashMap<>();
        responses.put(row.shape() == ApiTable.Shape.SOCKET ? "101" : "200", answer(row));
        if (row.shape() == ApiTable.Shape.OBJECT || row.shape() == ApiTable.Shape.LIST) {
            responses.put("304", Map.of("description", "It is as If-None-Match says."));
        }
        responses.put("default", problem());
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
