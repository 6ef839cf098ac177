// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What defaults depend on besides the settings themselves: who runs the node, and where.
 *
 * @param environment the environment variables
 * @param userName login name of the user
 * @param home the user's home directory
 * @param systemFile the system's settings, read when it exists
 */
public record Surroundings(Map<String, String> environment, String userName, Path home, Path systemFile) {
    /** The user that {@code guix-p2p setup} and the Guix service make for the node. */
    public static final String SERVICE_USER = "guix-p2p";
    /** The file of every node on this machine. */
    public static final Path SYSTEM_FILE = Path.of("/etc/guix-p2p/guix-p2p.conf");

    private static final String NAME = "guix-p2p";

    public Surroundings {
        environment = Map.copyOf(environment);
    }

    /** Those of this process. */
    public static Surroundings ofProcess() {
        Map<String, String> environment = System.getenv();
        Path home = absolute(environment.get("HOME")).orElseGet(() -> Path.of(System.getProperty("user.home", "/")));
        return new Surroundings(environment, System.getProperty("user.name", ""), home, SYSTEM_FILE);
    }

    /** Whether the node works in the system's directories, not in a user's own. */
    public boolean isService() {
        return userName.equals("root") || userName.equals(SERVICE_USER);
    }

    /** The user's settings, read when it exists. */
    public Path userFile() {
        return xdg("XDG_CONFIG_HOME", ".config").resolve(NAME).resolve("guix-p2p.conf");
    }

    Path defaultCacheDir() {
        return isService() ? Path.of("/var/cache", NAME) : xdg("XDG_CACHE_HOME", ".cache").resolve(NAME);
    }

    Path defaultStateDir() {
        return isService() ? Path.of("/var/lib", NAME) : xdg("XDG_STATE_HOME", ".local/state").resolve(NAME);
    }

    Path defaultSocketPath() {
        Path directory = isService()
                ? defaultCacheDir()
                : absolute(environment.get("XDG_RUNTIME_DIR")).map(run -> run.resolve(NAME))
                        .orElseGet(this::defaultCacheDir);
        return directory.resolve("guix-p2p.sock");
    }

    private Path xdg(String variable, String belowHome) {
        return absolute(environment.get(variable)).orElseGet(() -> home.resolve(belowHome));
    }

    /** The XDG Base Directory Specification wants relative values ignored. */
    private static Optional<Path> absolute(@Nullable String text) {
        return text == null || !text.startsWith("/") ? Optional.empty() : Optional.of(Path.of(text));
    }
}
