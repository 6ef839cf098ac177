// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.node.config.BridgeFile;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.ConfigFault;
import org.guixp2p.node.config.ConfigLoader;
import org.guixp2p.node.config.ConfigOverride;
import org.guixp2p.node.config.LoadedConfig;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.config.Surroundings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which every command that needs settings takes them. */
final class ConfigOptions {
    @Option(names = "--config", paramLabel = "FILE", description = "Read FILE in place of the system's and the user's settings.")
    private @Nullable Path file;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Set KEY; docs/configuration.md lists the keys. May be repeated.")
    private List<String> settings = new ArrayList<>();

    /**
     * What is valid but hardly meant, a line each: among it what the substituter of this machine's daemon goes by, where
     * that differs from the settings. Of a file of its own, a node is somebody's experiment, and is not expected to agree.
     */
    List<String> warnings(Surroundings surroundings, NodeConfig settings) {
        List<String> warnings = new ArrayList<>();
        if (file == null) {
            warnings.addAll(BridgeFile.differences(surroundings, settings));
        }
        if (settings.seeding().share() == Share.OFF && settings.substitutes().policy() == SubstitutePolicy.P2P_ONLY) {
            warnings.add(
                    "share = off under substitute_policy = p2p-only: no peer is asked and no server, so that there "
                            + "are no substitutes at all");
        }
        return warnings;
    }

    /**
     * The settings in effect.
     *
     * @param direct options of the command that are settings too; they win over {@code --set}
     * @throws ConfigException with every fault, those of the options included
     */
    LoadedConfig load(Surroundings surroundings, List<ConfigOverride> direct) throws ConfigException {
        List<ConfigOverride> overrides = new ArrayList<>();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw new ConfigException(
                        List.of(new ConfigFault("--set " + setting, "", "KEY=VALUE expected")));
            }
            overrides.add(ConfigOverride.set("--set " + setting, setting.substring(0, equals).strip(),
                    setting.substring(equals + 1).strip()));
        }
        overrides.addAll(direct);
        return ConfigLoader.load(surroundings, Optional.ofNullable(file), overrides);
    }
}
