// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.control.ControlQuestion;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what substitute servers are like. */
@Command(name = "mirrors", description = "List the substitute servers, and why the node that runs asks which of them first.")
final class MirrorsCommand implements Callable<Integer> {
    private static final String ROW = "%-40s  %8s  %-17s  %-17s  %5s  %s";

    private final Surroundings surroundings;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    MirrorsCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws ConfigException, StartException {
        if (spec == null) {
            throw new IllegalStateException("not run as a command");
        }
        List<Config> mirrors = RunningNode.ask(new ControlQuestion.Mirrors(), config, surroundings);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(RunningNode.json(mirrors));
        } else if (mirrors.isEmpty()) {
            out.println("no substitute server is configured, and none was asked");
        } else {
            out.println(String.format(Locale.ROOT, ROW, "SERVER", "NARINFO", "FIRST-BYTE ms", "MB/s", "HAD", "WHY"));
            mirrors.forEach(mirror -> out.println(row(mirror)));
        }
        out.flush();
        return ExitCode.OK;
    }

    private static String row(Config mirror) {
        List<? extends Config> files = mirror.getConfigList("files");
        long asked = mirror.getLong("narinfos_asked");
        return String.format(Locale.ROOT, ROW, mirror.getString("server"),
                measured("%.0f ms", mirror.getDouble("narinfo_ms")),
                files.stream().map(size -> measured("%.0f", size.getDouble("first_byte_ms")))
                        .collect(Collectors.joining("/")),
                files.stream().map(size -> measured("%.1f", size.getDouble("bytes_per_s") / 1e6))
                        .collect(Collectors.joining("/")),
                asked == 0 ? "-" : 100 * mirror.getLong("narinfos_had") / asked + "%",
                (mirror.getBoolean("discovered") ? "discovered; " : "") + mirror.getString("why"));
    }

    private static String measured(String format, double value) {
        return value == 0 ? "-" : String.format(Locale.ROOT, format, value);
    }
}
