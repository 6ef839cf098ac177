// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** All that can be read, and how it is described: the routes and the description come from here, so that they cannot differ. */
final class ApiTable {
    static final Parameter LIMIT = new Parameter("limit", "how many, 1 to " + Question.MOST + "; that many without it",
            "integer");
    static final Parameter AFTER = new Parameter("after",
            "goes on after this one, as the header Link of the page before says it", "string");
    static final Parameter WORDS = new Parameter("q", "up to 8 words that stand in it, with spaces between them",
            "string");
    static final Parameter SINCE = new Parameter("since", "the number of the last event that is known already",
            "integer");
    static final Parameter OUTCOME = new Parameter("outcome",
            "some of done, failed and not-claimed, with commas between them; all of them without it", "string");
    static final Parameter FILTER = new Parameter("filter", "topics or types of events, with commas between them",
            "string");

    private static final String UNREAD = "Unread-Profiles";
    /** That are named: a header is to stay short. */
    private static final int MOST_UNREAD = 8;

    /** @param type of JSON Schema */
    record Parameter(String name, String about, String type) {}

    /** What is answered. */
    enum Shape {
        /** One object. */
        OBJECT,
        /** An array, of which there may be another page. */
        LIST,
        /** Text. */
        TEXT,
        /** Server-Sent Events. */
        EVENTS,
        /** A WebSocket. */
        SOCKET
    }

    /**
     * The body of an answer.
     *
     * @param next after which the next page begins
     * @param headers what else is said of it
     */
    record Reply(Object body, Optional<String> next, Map<String, String> headers) {
        static Reply of(Object body) {
            return new Reply(body, Optional.empty(), Map.of());
        }

        static Reply of(Page<?> page) {
            return new Reply(page.items(), page.next(), Map.of());
        }

        static Reply of(PackagePage packages) {
            List<String> unread = packages.unread();
            String more = unread.size() > MOST_UNREAD ? ", and " + (unread.size() - MOST_UNREAD) + " more" : "";
            return new Reply(packages.page().items(), packages.page().next(), unread.isEmpty()
                    ? Map.of()
                    : Map.of(UNREAD, unread.stream().limit(MOST_UNREAD).collect(Collectors.joining(", ")) + more));
        }
    }

    /**
     * One path.
     *
     * @param path what of it stands in braces may be anything
     * @param about what is answered, in words
     * @param answer of what record the object is, or each in a list
     * @param asks answers; what completes empty is not there. Streams are not asked by it
     */
    record Row(String path, String about, Shape shape, Class<?> answer, List<Parameter> parameters,
            Function<Question, CompletionStage<Optional<Reply>>> asks) {
        Set<String> names() {
            return parameters.stream().map(Parameter::name).collect(Collectors.toUnmodifiableSet());
        }

        private boolean matches(List<String> segments) {
            return new PathPattern(path).matches(segments);
        }

        /** What stands in the path in place of a name in braces. */
        Optional<String> key(List<String> segments) {
            return new PathPattern(path).key(segments);
        }
    }

    private final List<Row> rows;
    private final Map<String, Object> description;

    /** @param writes what can be changed, for the description */
    ApiTable(NodeView node, NodeInsight insight, WriteTable writes) {
        rows = List.of(
                text("/livez", "Whether the process lives.", () -> CompletableFuture.completedFuture("ok\n")),
                text("/readyz", "Whether the node can serve; if not (503), what is missing.", () -> ready(insight)),
                text("/metrics", "What the node counts, as Prometheus reads it.", insight::metrics),
                one("/api/status", "How the node is doing.", NodeStatus.class, q -> node.status()),
                list("/api/peers", "Who is connected, by peer id.", PeerStatus.class,
                        q -> sorted(node.peers(), PeerStatus::peerId, q)),
                list("/api/transfers", "Downloads under way and the latest that are over, newest first.",
                        TransferStatus.class, q -> latest(node.transfers(), each -> Long.toString(each.id()), q)),
                list("/api/seeds", "What others can have: what was named or kept, by store path, and then the store's.",
                        SeedStatus.class, q -> node.seeds(q.wanted()).thenApply(Reply::of)),
                one("/api/limits", "The limits on traffic that hold now.", LimitsStatus.class, q -> node.limits()),
                all("/api/mirrors",
                        "What substitute servers are like: the configured ones in their order, then others.",
                        MirrorStatus.class, q -> node.mirrors()),
                new Row("/api/builds",
                        "The latest downloads that are over and items that were not promised, the last to end first, and why each went as it did.",
                        Shape.LIST, BuildStatus.class, List.of(OUTCOME, LIMIT, AFTER), q -> builds(node, q)),
                new Row("/api/builds/{key}",
                        "Those of an item, and why it was not promised, by its store path, the name in it or the hash in that, or by its NarHash.",
                        Shape.LIST, BuildStatus.class, List.of(LIMIT, AFTER), q -> buildsOf(node, q)),
                new Row("/api/packages",
                        "What profiles of this machine have installed, by name; a header " + UNREAD
                                + " names those that cannot be read now.",
                        Shape.LIST, PackageStatus.class, List.of(WORDS, LIMIT, AFTER),
                        q -> insight.packages(q.words(), q.wanted()).thenApply(found -> Optional.of(Reply.of(found)))),
                list("/api/catalog", "What connected peers have, as far as the node knows it by name, by store path.",
                        CatalogItem.class, q -> insight.catalog(q.wanted()).thenApply(Reply::of)),
                all("/api/diagnostics", "What is well with the node and what is not, and what to do.",
                        DiagnosticStatus.class, q -> insight.diagnostics()),
                new Row("/api/events", "What happened lately, oldest first.", Shape.OBJECT, Events.class,
                        List.of(SINCE, FILTER, LIMIT), q -> found(events(node, q))),
                new Row("/api/events/stream", "What happened, and then what happens, as Server-Sent Events.",
                        Shape.EVENTS, EventRecord.class, List.of(SINCE, FILTER), ApiTable::unasked),
                new Row("/ws", "The same as text frames of a WebSocket.", Shape.SOCKET, EventRecord.class,
                        List.of(SINCE, FILTER), ApiTable::unasked),
                one("/api/config", "The settings in effect, without secrets.", Map.class,
                        q -> CompletableFuture.completedFuture(node.config())),
                one("/api/share-info", "What others have to know to connect.", ShareInfo.class, q -> node.shareInfo()),
                one("/api/openapi.json", "This description, by OpenAPI 3.1.", Map.class,
                        q -> CompletableFuture.completedFuture(described())));
        description = OpenApi.describe(rows, writes.rows());
    }

    List<Row> rows() {
        return rows;
    }

    /** What is answered at a path, decoded and without empty segments. */
    Optional<Row> find(List<String> segments) {
        return rows.stream().filter(row -> row.matches(segments)).findFirst();
    }

    private Map<String, Object> described() {
        return description;
    }

    /** Of what is no answer of JSON. */
    private static CompletionStage<Optional<Reply>> unasked(Question question) {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    private static Row text(String path, String about, Supplier<CompletionStage<String>> asks) {
        return new Row(path, about, Shape.TEXT, String.class, List.of(),
                question -> asks.get().thenApply(text -> Optional.of(Reply.of(text))));
    }

    private static CompletionStage<String> ready(NodeInsight insight) {
        return insight.notReady().thenApply(missing -> {
            if (!missing.isEmpty()) {
                throw new NotReadyException(missing);
            }
            return "ready\n";
        });
    }

    private static Row one(String path, String about, Class<?> answer, Function<Question, CompletionStage<?>> asks) {
        return new Row(path, about, Shape.OBJECT, answer, List.of(),
                question -> asks.apply(question).thenApply(body -> Optional.of(Reply.of(body))));
    }

    private static Row list(String path, String about, Class<?> answer,
            Function<Question, CompletionStage<Reply>> asks) {
        return new Row(path, about, Shape.LIST, answer, List.of(LIMIT, AFTER),
                question -> asks.apply(question).thenApply(Optional::of));
    }

    /** A list that is never long. */
    private static Row all(String path, String about, Class<?> answer, Function<Question, CompletionStage<?>> asks) {
        return new Row(path, about, Shape.LIST, answer, List.of(),
                question -> asks.apply(question).thenApply(body -> Optional.of(Reply.of(body))));
    }

    private static <T> CompletionStage<Reply> sorted(CompletionStage<List<T>> all, Function<T, String> key,
            Question question) {
        Page.Wanted wanted = question.wanted();
        return all.thenApply(list -> Reply.of(Page.of(list, key, String::compareTo, wanted)));
    }

    private static <T> CompletionStage<Reply> latest(CompletionStage<List<T>> all, Function<T, String> key,
            Question question) {
        Page.Wanted wanted = question.wantedByNumber();
        return all.thenApply(list -> Reply.of(Page.of(list, key, Question.LATEST_FIRST, wanted)));
    }

    private static CompletionStage<Optional<Reply>> builds(NodeView node, Question question) {
        Predicate<BuildStatus> wanted = question.outcome();
        LatestBuilds page = LatestBuilds.of(question);
        return node.builds()
                .thenApply(all -> Optional.of(Reply.of(page.of(all.stream().filter(wanted).toList()))));
    }

    private static CompletionStage<Optional<Reply>> buildsOf(NodeView node, Question question) {
        LatestBuilds page = LatestBuilds.of(question);
        return node.buildsOf(question.key().orElseThrow())
                .thenApply(those -> those.isEmpty() ? Optional.empty() : Optional.of(Reply.of(page.of(those))));
    }

    private static CompletionStage<Optional<Reply>> found(Object body) {
        return CompletableFuture.completedFuture(Optional.of(Reply.of(body)));
    }

    /**
     * The answer to {@code GET /api/events}.
     *
     * @param events each with its number, time, topic and type, and what belongs to the type; oldest first
     * @param last with this as {@code since} the next question goes on
     * @param gap whether there may have been others after {@code since}, which are not remembered any more
     */
    record Events(List<Map<String, Object>> events, long last, boolean gap) {}

    private static Object events(NodeView node, Question question) {
        EventSource.Some some = node.events().after(question.since(), question.filter(), question.limit());
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("events", some.events().stream().map(Json::of).toList());
        members.put("last", some.last());
        members.put("gap", some.gap());
        return members;
    }
}
