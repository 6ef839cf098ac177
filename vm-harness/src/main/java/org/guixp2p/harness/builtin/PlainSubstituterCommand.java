// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.builtin;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.substituter.NixOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a {@link PlainSubstituter} as the daemon runs one: commands on descriptor 0, replies to descriptor 4. */
@Command(name = "plain-substituter", hidden = true, description = "Answer guix-daemon's commands from one HTTP server.")
public final class PlainSubstituterCommand implements Callable<Integer> {
    private static final String REPLIES = "/proc/self/fd/4";

    @Option(names = "--acl", required = true, paramLabel = "FILE", description = "Whose signatures count.")
    private Path acl = Path.of("");

    @Option(names = "--cache", required = true, paramLabel = "DIR", description = "Where narinfos are kept.")
    private Path cache = Path.of("");

    @Option(names = "--query", description = "Answer 'have' and 'info'.")
    private boolean query;

    @Option(names = "--substitute", description = "Answer 'substitute'.")
    private boolean substitute;

    @Override
    public Integer call() throws IOException {
        NixOptions options = NixOptions.parse(System.getenv().getOrDefault("_NIX_OPTIONS", ""));
        PrintStream log = System.err;
        Acl keys = Acl.parse(Files.readAllBytes(acl));
        try (OutputStream replies = new FileOutputStream(REPLIES, true);
                PlainSubstituter substituter = new PlainSubstituter(options, keys, cache, log)) {
            if (query) {
                substituter.query(System.in, replies);
            }
            if (substitute) {
                substituter.substitute(System.in, replies);
            }
        }
        return 0;
    }
}
