// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTemplateTest {
    private static Surroundings of(String user) {
        Path nowhere = Path.of("/nonexistent");
        return new Surroundings(Map.of(), user, nowhere, nowhere);
    }

    @Test
    void everyKeyHasAPurposeThatFitsOnALine() {
        assertEquals(new HashSet<>(ConfigKeys.names()), ConfigTemplate.PURPOSES.keySet());
        ConfigTemplate.PURPOSES.values().forEach(line -> assertTrue(line.length() <= 118, line));
    }

    /** As it is, and when all that it has as comments is set: so no default in it is another than the program's. */
    @ParameterizedTest
    @ValueSource(strings = {"guix-p2p", "alice"})
    void readBackItIsTheDefaults(String user) throws ConfigException {
        LoadedConfig defaults = ConfigLoader.load(of(user), Optional.empty(), List.of());
        String text = ConfigTemplate.render(of(user), Share.LAN);
        assertEquals(defaults.config(), ConfigLoader.parse(of(user), "template", text).config());
        String all = text.replaceAll("(?m)^#(\\w+ = )", "$1");
        LoadedConfig set = ConfigLoader.parse(of(user), "template", all);
        assertEquals(defaults.config(), set.config());
        assertEquals(defaults.settings().stream().map(setting -> setting.key() + " = " + setting.json()).toList(),
                set.settings().stream().map(setting -> setting.key() + " = " + setting.json()).toList());
        assertEquals(List.of(),
                set.settings().stream().filter(setting -> setting.place().equals("default")).toList());
    }

    @ParameterizedTest
    @EnumSource
    void whatWasChosenIsSet(Share share) throws ConfigException {
        LoadedConfig read = ConfigLoader.parse(of("alice"), "template", ConfigTemplate.render(of("alice"), share));
        assertEquals(share, read.config().seeding().share());
        assertEquals(List.of("share"), read.settings().stream()
                .filter(setting -> !setting.place().equals("default")).map(LoadedConfig.Setting::key).toList());
    }
}
