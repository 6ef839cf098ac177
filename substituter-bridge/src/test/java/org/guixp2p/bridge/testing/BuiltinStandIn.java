// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A shell script in place of {@code guix}, for tests of the fallback where no Guix is there. Started as {@code SCRIPT
 * substitute --query|--substitute} it writes {@code builtin: COMMAND} to its log for each command; says of a query that the
 * first path asked for is available, with the sizes 7 and 8; and answers {@code substitute} as the variable {@value #ANSWER}
 * says: by default it makes the destination a file that says {@code builtin} and succeeds.
 */
public final class BuiltinStandIn {
    /**
     * {@code not-found}: answers so. {@code silent}: ends with status 1 and no answer, to queries too. {@code half-…}: makes
     * the destination a directory with a file, and then does what the rest of the word says; {@code mismatch} answers that
     * the hash was another.
     */
    public static final String ANSWER = "BUILTIN_ANSWER";
    /** What it answers when it succeeds. */
    public static final String SUCCESS = "success sha256:0000000000000000000000000000000000000000000000000000 8";

    private BuiltinStandIn() {}

    static Path write(Path directory) {
        Path script = directory.resolve("builtin");
        try {
            Files.writeString(script, """
                    #!/bin/sh
                    case "$1 $2" in
                      "substitute --query" | "substitute --substitute") ;;
                      *) echo "builtin: what is '$*'?" >&2; exit 2 ;;
                    esac
                    while read -r command first rest; do
                      echo "builtin: $command $first${rest:+ $rest}" >&2
                      case "$command $BUILTIN_ANSWER" in
                        *" silent") exit 1 ;;
                        substitute\\ half-*) mkdir "$rest"; echo half > "$rest/file"; chmod 555 "$rest" ;;
                      esac
                      case "$command $BUILTIN_ANSWER" in
                        "substitute half-silent") exit 1 ;;
                        "substitute half-mismatch") echo "hash-mismatch sha256 ZEROS ZEROS" >&4 ;;
                        "substitute not-found" | "substitute half-not-found") echo not-found >&4 ;;
                        have*) printf '%s\\n\\n' "$first" >&4 ;;
                        info*) printf '%s\\n\\n0\\n7\\n8\\n\\n' "$first" >&4 ;;
                        substitute*) echo builtin > "$rest"; echo "SUCCESS" >&4 ;;
                      esac
                    done
                    """.replace("SUCCESS", SUCCESS).replace("ZEROS", "0".repeat(52)));
            return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
