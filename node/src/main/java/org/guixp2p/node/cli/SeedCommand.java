// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.Amounts;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.SeedTarget;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says and changes what the node that runs offers to others. */
@Command(name = "seed", description = "Say and change what the node that runs offers to others.", synopsisSubcommandLabel = "(add | remove | list | verify)")
final class SeedCommand {
    private static final String REFUSED = "refused";

    private final Surroundings surroundings;
    private final Terminal terminal;

    @Spec
    private @Nullable CommandSpec spec;

    SeedCommand(Surroundings surroundings, Terminal terminal) {
        this.surroundings = surroundings;
        this.terminal = terminal;
    }

    @Command(description = "Offer items of the store, also after a restart. They count as public, because you name them. Each is "
            + "offered once all of it was read.")
    int add(@Mixin ConfigOptions config, @Option(names = "--json", description = "Print JSON.") boolean json,
            @Parameters(paramLabel = "PATH", arity = "1..*", description = "/gnu/store/…") List<String> paths)
            throws ConfigException, StartException {
        List<StorePath> items = parseAll(paths, StorePath::parse);
        Said said = new Said(json, line -> line.getBoolean("added")
                ? line.getString("path") + ": is offered once all of it was read"
                : line.getString("path") + ": was named before; is looked at again");
        for (StorePath item : items) {
            ask(config, new ControlQuestion.AddSeed(item), said.of(item.path()));
        }
        return said.end();
    }

    @Command(description = "Offer items no more: those named are forgotten, NARs that were kept are deleted, items of the store are kept "
            + "back, also after a restart.")
    int remove(@Mixin ConfigOptions config, @Option(names = "--json", description = "Print JSON.") boolean json,
            @Parameters(paramLabel = "PATH|HASH", arity = "1..*", description = "/gnu/store/…, or sha256:… as in a narinfo") List<String> what)
            throws ConfigException, StartException {
        List<SeedTarget> targets = parseAll(what, SeedTarget::parse);
        Said said = new Said(json, line -> line.getString("path") + ": is offered no more (" + line.getString("source")
                + ")"
                + (is(line, "in_seed_paths") ? "; it stands in seed_paths, and the next start offers it again" : ""));
        for (SeedTarget target : targets) {
            ask(config, new ControlQuestion.RemoveSeed(target), said.of(target.toString()));
        }
        return said.end();
    }

    private static boolean is(Config line, String member) {
        return line.hasPath(member) && line.getBoolean(member);
    }

    @Command(description = "List what is offered, with its source, demand and others who have it.")
    int list(@Mixin ConfigOptions config, @Option(names = "--json", description = "Print JSON.") boolean json)
            throws ConfigException, StartException {
        PrintWriter out = out();
        AtomicLong said = new AtomicLong();
        // As they come: there may be hundreds of thousands.
        ask(config, new ControlQuestion.Seeds(), seed -> {
            boolean first = said.getAndIncrement() == 0;
            if (json) {
                out.print((first ? "[" : ",") + seed.root().render(ConfigRenderOptions.concise()));
                return;
            }
            if (first) {
                out.println(row("SOURCE", "STATE", "PUBLIC", "SIZE", "DEMAND", "SERVED", "ELSEWHERE", "PATH"));
            }
            out.println(row(seed));
        });
        boolean none = said.get() == 0;
        if (json) {
            out.println(none ? "[]" : "]");
        } else if (none) {
            out.println("nothing is offered");
        }
        out.flush();
        return ExitCode.OK;
    }

    @Command(description = "Read items that are offered, all of them or some, and compare them with their hashes. What is not "
            + "right any more is withdrawn. Ends with status 2 when something is wrong.")
    int verify(@Mixin ConfigOptions config, @Option(names = "--json", description = "Print JSON.") boolean json,
            @Parameters(paramLabel = "PATH|HASH", arity = "0..*", description = "/gnu/store/…, or sha256:… as in a narinfo") @Nullable List<String> what)
            throws ConfigException, StartException {
        List<SeedTarget> targets = parseAll(what == null ? List.of() : what, SeedTarget::parse);
        Said said = new Said(json, this::verified);
        if (targets.isEmpty()) {
            ask(config, new ControlQuestion.VerifySeeds(Optional.empty()), said.of(""));
        }
        for (SeedTarget target : targets) {
            ask(config, new ControlQuestion.VerifySeeds(Optional.of(target)), said.of(target.toString()));
        }
        int status = said.end();
        return said.wrong ? ExitCode.USAGE : status;
    }

    private String verified(Config line) {
        boolean ok = line.getBoolean("ok");
        String verdict = terminal.paint(ok ? Terminal.Colour.GREEN : Terminal.Colour.RED, "%-6s".formatted(ok
                ? "ok"
                : "wrong"));
        return verdict + line.getString("path") + " (" + line.getString("source") + ")"
                + (ok ? line.hasPath("nar") ? "" : ": was not hashed yet" : ": " + printable(line, "wrong"));
    }

    /** What a node says of several items: a line each, or JSON at the end. */
    private final class Said {
        private final boolean json;
        private final Function<Config, String> words;
        private final List<Config> lines = new ArrayList<>();
        private boolean refused;
        private boolean wrong;

        private Said(boolean json, Function<Config, String> words) {
            this.json = json;
            this.words = words;
        }

        private Consumer<Config> of(String item) {
            return line -> {
                if (json) {
                    // Of a whole store there are hundreds of thousands.
                    lines.add(line);
                }
                wrong |= line.hasPath("ok") && !line.getBoolean("ok");
                if (line.hasPath(REFUSED)) {
                    refused = true;
                    command().commandLine().getErr().println("guix-p2p: " + item + ": " + printable(line, REFUSED));
                } else if (!json) {
                    out().println(words.apply(line));
                    out().flush();
                }
            };
        }

        private int end() {
            if (json) {
                out().println(array(lines));
                out().flush();
            }
            return refused ? ExitCode.FAILURE : ExitCode.OK;
        }
    }

    private String row(Config seed) {
        String state = seed.getString("state");
        // What others want more is seen first; a reason may be long.
        String shown = state.contains(":") ? state.substring(0, state.indexOf(':')) : state;
        boolean known = seed.hasPath("nar");
        return row(seed.getString("source"), shown, seed.getString("public"),
                known ? Amounts.bytes((double) seed.getLong("size")) : "",
                known ? String.format(Locale.ROOT, "%.2f", seed.getDouble("demand")) : "",
                known ? Amounts.bytes((double) seed.getLong("served_bytes")) : "", known ? elsewhere(seed) : "",
                seed.getString("path") + (shown.equals(state) ? "" : " (" + printable(seed, "state") + ")"));
    }

    private static String row(Object... cells) {
        return String.format(Locale.ROOT, "%-10s  %-9s  %-7s  %10s  %7s  %10s  %9s  %s", cells);
    }

    private static String elsewhere(Config seed) {
        return seed.getInt("others_by_inventories") + "/"
                + (seed.hasPath("others_by_last_lookup") ? seed.getInt("others_by_last_lookup") : "-");
    }

    private static String printable(Config line, String key) {
        return FormatException.printable(line.getString(key));
    }

    private static String array(List<Config> lines) {
        return lines.stream().map(line -> line.root().render(ConfigRenderOptions.concise()))
                .collect(Collectors.joining(",", "[", "]"));
    }

    /** Makes something of a word. */
    private interface Parser<T> {
        T parse(String text) throws FormatException;
    }

    private <T> List<T> parseAll(List<String> words, Parser<T> parser) {
        List<T> parsed = new ArrayList<>();
        for (String word : words) {
            try {
                // Shells put a slash behind the name of a directory.
                parsed.add(parser.parse(word.replaceFirst("(?<=[^/])/+$", "")));
            } catch (FormatException e) {
                throw new ParameterException(command().commandLine(), String.valueOf(e.getMessage()));
            }
        }
        return parsed;
    }

    private void ask(ConfigOptions config, ControlQuestion question, Consumer<Config> line)
            throws ConfigException, StartException {
        Path socket = RunningNode.socket(config, surroundings);
        try {
            ControlClient.ask(socket, question, line);
        } catch (IOException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    private PrintWriter out() {
        return command().commandLine().getOut();
    }

    private CommandSpec command() {
        CommandSpec command = spec;
        if (command == null) {
            throw new IllegalStateException("not run as a command");
        }
        return command;
    }
}
