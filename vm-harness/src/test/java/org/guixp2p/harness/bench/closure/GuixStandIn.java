// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.guixp2p.harness.daemon.GuixCommand;
import org.guixp2p.harness.process.Programs;

/** A program named {@code guix} that finds keys and keeps narinfos where Guix does, and has the plain substituter answer. */
final class GuixStandIn {
    static final String VERSION = "0.0-stand-in";

    private GuixStandIn() {}

    /** Makes it in {@code directory}. */
    static GuixCommand in(Path directory) throws IOException, InterruptedException {
        String plain = Programs.ofThisProcess().harness(List.of("plain-substituter")).stream()
                .map(word -> "'" + word + "'").collect(Collectors.joining(" "));
        return saying(directory, """
                cache=$XDG_CACHE_HOME/guix/substitute
                mkdir -p "$cache"
                echo 'looking for substitutes on some server...' >&2
                exec %s --acl "$GUIX_CONFIGURATION_DIRECTORY/acl" --cache "$cache" "$2"
                """.formatted(plain));
    }

    /** Makes one for which {@code script} answers as substituter. */
    static GuixCommand saying(Path directory, String script) throws IOException, InterruptedException {
        Path file = directory.resolve("guix");
        Files.writeString(file, """
                #!/bin/sh
                if [ "$*" = --version ]; then
                    echo 'guix (GNU Guix) %s'
                    exit
                fi
                case $* in
                    'substitute --query' | 'substitute --substitute') ;;
                    *) echo "guix: $*: unknown" >&2; exit 1 ;;
                esac
                %s
                """.formatted(VERSION, script));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return GuixCommand.find(Map.of("PATH", directory + ":" + System.getenv("PATH")));
    }
}
