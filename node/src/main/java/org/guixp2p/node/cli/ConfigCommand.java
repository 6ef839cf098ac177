// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.guixp2p.node.PublicKeys;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.ConfigFault;
import org.guixp2p.node.config.LoadedConfig;
import org.guixp2p.node.config.Surroundings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks at the settings without starting a node. */
@Command(name = "config", description = "Look at the settings.", synopsisSubcommandLabel = "(check | show)")
final class ConfigCommand {
    private final Surroundings surroundings;

    @Spec
    private @Nullable CommandSpec spec;

    ConfigCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(description = "Say everything that is wrong with the settings.")
    int check(@Mixin ConfigOptions config, @Option(names = "--json", description = "Print JSON.") boolean json)
            throws ConfigException {
        try {
            LoadedConfig loaded = config.load(surroundings, List.of());
            readKeys(loaded);
            List<String> warnings = config.warnings(surroundings, loaded.config());
            if (json) {
                print(Json.object(Map.of("ok", true, "faults", List.of(), "warnings", warnings)));
            } else {
                print("The settings are valid.");
                warnings.forEach(warning -> print("warning: " + warning));
            }
            return ExitCode.OK;
        } catch (ConfigException e) {
            if (!json) {
                throw e;
            }
            print(Json.object(Map.of("ok", false, "faults", e.faults().stream().map(
                    fault -> Map.of("place", fault.place(), "key", fault.key(), "problem", fault.problem()))
                    .toList())));
            return ExitCode.USAGE;
        }
    }

    /** What a node does at its start. */
    private static void readKeys(LoadedConfig loaded) throws ConfigException {
        try {
            PublicKeys.read(loaded.config().seeding().publicKeys());
        } catch (StartException e) {
            String key = "public_keys";
            String place = loaded.settings().stream().filter(setting -> setting.key().equals(key)).findFirst()
                    .map(LoadedConfig.Setting::place).orElse("");
            throw new ConfigException(List.of(new ConfigFault(place, key,
                    String.valueOf(e.getMessage()).replaceFirst("^" + key + ": ", ""))));
        }
    }

    @Command(description = "Print the settings in effect, and where each comes from.")
    int show(@Mixin ConfigOptions config, @Option(names = "--json", description = "Print JSON.") boolean json)
            throws ConfigException {
        List<LoadedConfig.Setting> settings = config.load(surroundings, List.of()).settings();
        if (json) {
            print(settings.stream().map(setting -> "\"" + setting.key() + "\":" + setting.json())
                    .collect(Collectors.joining(",", "{", "}")));
        } else {
            settings.forEach(
                    setting -> print(setting.key() + " = " + setting.json() + "  # " + setting.place()));
        }
        return ExitCode.OK;
    }

    private void print(String line) {
        if (spec == null) {
            throw new IllegalStateException("not run as a command");
        }
        spec.commandLine().getOut().println(line);
    }
}
