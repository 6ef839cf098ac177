// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;

/**
 * What the user may ask of a node that runs: a JSON object whose {@code ask} says what. The answer is any number of
 * objects, a line each, and a last one: {@code {"end":true}}, or else {@code error}, a text.
 */
public sealed interface ControlQuestion {
    /** What says that a request is a question. */
    String ASK = "ask";

    /** How the node is doing: one object. */
    record Status() implements ControlQuestion {
        @Override
        public Map<String, String> members() {
            return Map.of(ASK, "status");
        }
    }

    /** Who is connected: an object each. */
    record Peers() implements ControlQuestion {
        @Override
        public Map<String, String> members() {
            return Map.of(ASK, "peers");
        }
    }

    /** Downloads under way, and then the latest that are over: an object each. */
    record Transfers() implements ControlQuestion {
        @Override
        public Map<String, String> members() {
            return Map.of(ASK, "transfers");
        }
    }

    /** What is over, and what was not promised, the latest of it first: an object each, as for {@link Why}. */
    record Builds() implements ControlQuestion {
        @Override
        public Map<String, String> members() {
            return Map.of(ASK, "builds");
        }
    }

    /** What happened after the event of a number, the latest of it, oldest first: an object each, as in the REST API. */
    record Events(long since) implements ControlQuestion {
        @Override
        public Map<String, String> members() {
            return Map.of(ASK, "events", SINCE, Long.toString(since));
        }
    }

    /** What substitute servers are like: an object each. */
    record Mirrors() implements ControlQuestion {
        @Override
        public Map<String, String> members() {
            return Map.of(ASK, "mirrors");
        }
    }

    /** A link to the dashboard, which holds once: one object with {@code link}, or {@code refused}, a text, where there is no API. */
    record Dashboard() implements ControlQuestion {
        @Override
        public Map<String, String> members() {
            return Map.of(ASK, "dashboard");
        }
    }

    /** Who has a NAR: an object each provider, as it is found. */
    record ProvidersOfNar(NarHash nar) implements ControlQuestion {
        @Override
        public Map<String, String> members() {
            return Map.of(ASK, "providers", "nar", nar.toString());
        }

        @Override
        public Duration within() {
            return LOOKUP;
        }
    }

    /** Who has the NAR of a store item, unless that is private. */
    record ProvidersOfPath(StorePath path) implements ControlQuestion {
        @Override
        public Map<String, String> members() {
            return Map.of(ASK, "providers", "path", path.toString());
        }

        @Override
        public Duration within() {
            return LOOKUP;
        }
    }

    /** Why an item came from where it did: an object for each download of it that is over, the latest first. */
    record Why(StorePath path) implements ControlQuestion {
        @Override
        public Map<String, String> members() {
            return Map.of(ASK, "why", ITEM, path.path());
        }
    }

    /** Has to do with what is offered to others. */
    sealed interface OfSeeds extends ControlQuestion {}

    /** An item of the store is to be offered: one object, which says {@code refused}, a text, and {@code because}, or what it is by now. */
    record AddSeed(StorePath path) implements OfSeeds {
        @Override
        public Map<String, String> members() {
            return Map.of(ASK, "seed-add", ITEM, path.path());
        }
    }

    /** Something is to be offered no more: an object for each that is not, or one that says {@code refused}. */
    record RemoveSeed(SeedTarget target) implements OfSeeds {
        @Override
        public Map<String, String> members() {
            return Map.of(ASK, "seed-remove", ITEM, target.toString());
        }

        @Override
        public Duration within() {
            return LOOKUP;
        }
    }

    /** What is offered: an object each. */
    record Seeds() implements OfSeeds {
        @Override
        public Map<String, String> members() {
            return Map.of(ASK, "seeds");
        }

        @Override
        public Duration within() {
            return READING_ALL;
        }
    }

    /** Reads what is offered, all or something of it, and compares it with what it should be: an object each. */
    record VerifySeeds(Optional<SeedTarget> target) implements OfSeeds {
        @Override
        public Map<String, String> members() {
            return target.map(item -> Map.of(ASK, "seed-verify", ITEM, item.toString()))
                    .orElse(Map.of(ASK, "seed-verify"));
        }

        @Override
        public Duration within() {
            return READING_ALL;
        }
    }

    /** What says of which item a question is. */
    String ITEM = "item";

    /** What says which event is known already. */
    String SINCE = "since";

    /** Terabytes are read in that time. */
    Duration READING_ALL = Duration.ofDays(2);

    /** What finding a narinfo, and then providers, may take together. */
    Duration LOOKUP = Duration.ofSeconds(40);

    /** The request. */
    Map<String, String> members();

    /** What the whole answer may take. */
    default Duration within() {
        return ControlClient.PATIENCE;
    }

    /** One line. */
    default String toJson() {
        return ConfigValueFactory.fromMap(members()).render(ConfigRenderOptions.concise());
    }

    /**
     * Reads a request.
     *
     * @throws FormatException when it is no question
     */
    static ControlQuestion parse(Config request) throws FormatException {
        return switch (text(request, ASK)) {
            case "status" -> new Status();
            case "peers" -> new Peers();
            case "transfers" -> new Transfers();
            case "mirrors" -> new Mirrors();
            case "builds" -> new Builds();
            case "events" -> new Events(number(text(request, SINCE)));
            case "dashboard" -> new Dashboard();
            case "providers" -> request.hasPath("path")
                    ? new ProvidersOfPath(StorePath.parse(text(request, "path")))
                    : new ProvidersOfNar(NarHash.parse(text(request, "nar")));
            case "why" -> new Why(StorePath.parse(text(request, ITEM)));
            case "seeds" -> new Seeds();
            case "seed-add" -> new AddSeed(StorePath.parse(text(request, ITEM)));
            case "seed-remove" -> new RemoveSeed(SeedTarget.parse(text(request, ITEM)));
            case "seed-verify" -> new VerifySeeds(request.hasPath(ITEM)
                    ? Optional.of(SeedTarget.parse(text(request, ITEM)))
                    : Optional.empty());
            case String other -> throw new FormatException("no such question: " + FormatException.quote(other));
        };
    }

    private static long number(String text) throws FormatException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new FormatException(SINCE + ": a number expected");
        }
    }

    private static String text(Config request, String key) throws FormatException {
        if (!request.hasPath(key) || request.getValue(key).valueType() != ConfigValueType.STRING) {
            throw new FormatException(key + ": a text expected");
        }
        return request.getString(key);
    }
}
