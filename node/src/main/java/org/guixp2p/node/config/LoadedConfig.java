// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.util.List;

/**
 * The settings in effect, and where each of them comes from.
 *
 * @param settings one for each key, in the order of docs/configuration.md
 */
public record LoadedConfig(NodeConfig config, List<Setting> settings) {
    public LoadedConfig {
        settings = List.copyOf(settings);
    }

    /**
     * One setting as it was written.
     *
     * @param json its value as JSON, which is HOCON too
     * @param place {@code FILE:LINE}, an option, or {@code default}
     */
    public record Setting(String key, String json, String place) {
        static Setting of(String key, ConfigValue value) {
            return new Setting(key, value.render(ConfigRenderOptions.concise()), ValueReaders.place(value.origin()));
        }
    }
}
