// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The manual page and the code list the same settings with the same defaults. */
class ConfigurationManualTest {
    private static final Path MANUAL = Path.of("../docs/configuration.md");
    private static final Pattern ENTRY = Pattern.compile(
            "(?m)^### (.+)\\nDefault: `(.*?)`(?:, for an ordinary user `(.+?)`)?\\n\\n(.*)$");
    private static final Pattern HEADING = Pattern.compile("(?m)^### (.+)$");

    private static Map<String, String> defaults(Surroundings surroundings) throws ConfigException {
        Map<String, String> defaults = new LinkedHashMap<>();
        for (LoadedConfig.Setting setting : ConfigLoader.load(surroundings, Optional.empty(), List.of()).settings()) {
            defaults.put(setting.key(), setting.json().replaceAll("^\"|\"$", ""));
        }
        return defaults;
    }

    @Test
    void theManualListsEveryKeyWithItsDefault() throws IOException, ConfigException {
        Path nowhere = Path.of("/nonexistent");
        Map<String, String> service = defaults(new Surroundings(Map.of(), "guix-p2p", nowhere, nowhere));
        Map<String, String> user = defaults(
                new Surroundings(Map.of("XDG_RUNTIME_DIR", "/RUNTIME"), "alice", Path.of("/HOME"), nowhere));
        String manual = Files.readString(MANUAL);
        assertEquals(ConfigKeys.names(), HEADING.matcher(manual).results().map(match -> match.group(1)).toList());
        Matcher entry = ENTRY.matcher(manual);
        for (String key : ConfigKeys.names()) {
            assertTrue(entry.find(), "no default in the manual for " + key);
            assertEquals(key, entry.group(1));
            assertEquals(service.get(key), entry.group(2), key);
            String forUser = entry.group(3) == null
                    ? entry.group(2)
                    : entry.group(3).replace("~", "/HOME").replace("$XDG_RUNTIME_DIR", "/RUNTIME");
            assertEquals(user.get(key), forUser, key);
        }
    }
}
