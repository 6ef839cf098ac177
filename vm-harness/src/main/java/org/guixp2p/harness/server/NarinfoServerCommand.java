// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a {@link NarinfoServer} until the process is ended; says {@code ready http=HOST:PORT} when it serves. */
@Command(name = "narinfo-server", hidden = true, description = "Serve the narinfos of a directory, and NARs.")
public final class NarinfoServerCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--dir", required = true, paramLabel = "DIR", description = "Where the narinfos lie.")
    private Path directory = Path.of("");

    @Option(names = "--nars", paramLabel = "DIR", description = "Where NARs lie, named as their items.")
    private @Nullable Path nars;

    @Option(names = "--address", paramLabel = "ADDRESS", defaultValue = "127.0.0.1", description = "Where to listen (default: ${DEFAULT-VALUE}).")
    private InetAddress address = InetAddress.getLoopbackAddress();

    @Override
    public Integer call() throws IOException, InterruptedException {
        // The JDK's server writes the head of an answer and its body one after the other: the kernel must not hold back the second.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        PrintWriter out = spec.commandLine().getOut();
        try (NarinfoServer server = NarinfoServer.start(directory, Optional.ofNullable(nars), address,
                line -> say(out, line))) {
            say(out, "ready http=" + server.address());
            new CountDownLatch(1).await();
        }
        return 0;
    }

    private static void say(PrintWriter out, String line) {
        synchronized (out) {
            out.println(line);
            out.flush();
        }
    }
}
