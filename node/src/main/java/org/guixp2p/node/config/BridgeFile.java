// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.node.files.IoWords;

/**
 * What the substituter of {@code guix-daemon} goes by without a node ({@code docs/bridge-protocol.md}). {@code guix-p2p
 * setup} writes it from the settings, so it says something else when they have changed since: the substituter then looks
 * for the node where it is not, or asks Guix's own servers although it must not.
 */
public final class BridgeFile {
    private BridgeFile() {}

    /** Where the file of this machine is: beside the system's settings. */
    static Path beside(Path systemFile) {
        return systemFile.resolveSibling("bridge.conf");
    }

    /**
     * How the file differs from the settings of a node that works for this machine's daemon, a line each; empty when there
     * is no file.
     */
    public static List<String> differences(Surroundings surroundings, NodeConfig config) {
        Path file = beside(surroundings.systemFile());
        if (!surroundings.isService() || !Files.exists(file)) {
            return List.of();
        }
        Map<String, String> values = new HashMap<>(Map.of("socket", "/var/cache/guix-p2p/guix-p2p.sock", "fallback",
                "builtin", "acl", "/etc/guix/acl"));
        try {
            for (String line : Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList()) {
                String[] sides = line.replaceFirst("#.*", "").split("=", 2);
                if (sides.length == 2) {
                    values.put(sides[0].strip(), sides[1].strip());
                }
            }
        } catch (IOException e) {
            return List.of("cannot be compared with the settings: " + IoWords.of(e, file));
        }
        List<String> differences = new ArrayList<>();
        compare(file, "socket", values, "socket_path", config.bridge().socketPath().toString(), differences);
        compare(file, "fallback", values, "fallback", Words.of(config.bridge().fallback()), differences);
        compare(file, "acl", values, "acl_path", config.substitutes().aclPath().toString(), differences);
        return differences;
    }

    private static void compare(Path file, String name, Map<String, String> values, String key, String setting,
            List<String> differences) {
        String value = values.getOrDefault(name, "");
        if (!value.equals(setting)) {
            differences
                    .add(file + " has " + name + " = " + value + " for guix-daemon's substituter, but the settings say "
                            + key + " = " + setting + "; 'guix-p2p setup' writes it anew");
        }
    }
}
