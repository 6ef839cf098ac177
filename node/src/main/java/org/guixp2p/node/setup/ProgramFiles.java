// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the program that is running lies.
 *
 * @param launcher the {@code guix-p2p} script
 * @param lib the directory of its jars
 * @param extensions the directory of its Guix extension, {@code …/guix/extensions}
 */
public record ProgramFiles(Path launcher, Path lib, Path extensions) {
    /** Where a copy is installed; {@link #isInstalled} holds for it. */
    static final ProgramFiles COPY = new ProgramFiles(Path.of("/usr/local/bin/guix-p2p"),
            Path.of("/usr/local/share/guix-p2p/lib"), Path.of("/usr/local/share/guix-p2p/guix/extensions"));

    /** As the launcher says in system properties; empty when the JVM was started in another way. */
    public static Optional<ProgramFiles> ofProcess() {
        String launcher = System.getProperty("guixp2p.launcher", "");
        String lib = System.getProperty("guixp2p.lib", "");
        String extensions = System.getProperty("guixp2p.extensions", "");
        if (launcher.isEmpty() || lib.isEmpty() || extensions.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new ProgramFiles(Path.of(launcher), Path.of(lib), Path.of(extensions)));
    }

    /** Whether these are a {@code PREFIX/bin} and {@code PREFIX/share} of a system, rather than somebody's checkout. */
    boolean isInstalled() {
        Path bin = launcher.getParent();
        return bin != null && bin.getFileName() != null && bin.resolveSibling("share/guix-p2p/lib").equals(lib);
    }

    /** What compiles the extension. */
    Path compiler() {
        return extensions.resolveSibling("compile-extension.scm");
    }

    /** The cache that the launcher makes beside the jars. */
    Path cache() {
        return lib.resolveSibling("substituter.aot");
    }
}
