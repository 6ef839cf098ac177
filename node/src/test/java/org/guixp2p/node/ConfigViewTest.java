// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.guixp2p.node.config.ConfigLoader;
import org.guixp2p.node.config.LoadedConfig;
import org.guixp2p.node.config.Surroundings;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigViewTest {
    @TempDir
    private Path directory;

    /** One that is added to the settings is to be added here. */
    @Test
    void everySettingIsShownButForWhatIsToStayUnknown() throws Exception {
        Path file = Files.writeString(directory.resolve("conf"), "share = world\nmax_upload_rate = 1 MiB\n"
                + "substitute_urls = [\"https://one.example\"]\nlan = off\napi_bind = off\n");
        LoadedConfig loaded = ConfigLoader.load(new Surroundings(Map.of(), "alice", directory, directory),
                Optional.of(file), List.of());
        Map<String, @Nullable Object> shown = ConfigView.of(loaded.config());
        Set<String> keys = new TreeSet<>(loaded.settings().stream().map(LoadedConfig.Setting::key).toList());
        // It names what nobody is to hear of.
        assertTrue(keys.remove("never_seed_patterns"));
        assertEquals(keys, shown.keySet());
        assertEquals(List.of("world", 1L << 20, List.of("https://one.example"), "off", "mainline"),
                List.of(String.valueOf(shown.get("share")), Long.valueOf(String.valueOf(shown.get("max_upload_rate"))),
                        List.of(String.valueOf(shown.get("substitute_urls")).replaceAll("[\\[\\]]", "")),
                        String.valueOf(shown.get("lan")), String.valueOf(shown.get("dht"))));
        assertNull(shown.get("api_bind"));
        assertTrue(shown.containsKey("api_bind"));
    }
}
