// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.tree.TreeMaker;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.protocol.item.StorePath;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code guix-p2p demo}. */
@Command(name = "demo", description = {"See a substitute come from peers, on this machine alone.",
    "A substitute server, three seeders and a fetcher are started on loopback, each in a process of its own. Then the fetcher "
            + "is asked as guix-daemon would ask, and what comes out is compared with the original, byte by byte."})
public final class DemoCommand implements Callable<Integer> {
    private static final int HELD = 0;
    private static final int FAILED = 1;
    /** What a shell reports of a program that SIGINT ended. */
    private static final int INTERRUPTED = 130;
    private static final long SMALLEST = 1L << 20;
    private static final long LARGEST = 64L << 30;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Option(names = "--hold", description = "Keep the nodes up until Ctrl-C, and the work directory after that.")
    private boolean hold;

    @Option(names = "--kill-one", description = "Kill a seeder midway.")
    private boolean killOne;

    @Option(names = "--liar", description = "Make one seeder serve corrupt blocks.")
    private boolean liar;

    @Option(names = "--discovery", paramLabel = "named|dht|lan", defaultValue = "named", description = "How the fetcher finds the seeders. With dht each node knows one other, which has nothing; with lan each is a machine of its own on one network, and knows nobody (default: ${DEFAULT-VALUE}).")
    private Discovery discovery = Discovery.NAMED;

    @Option(names = NetworkedDemo.INSIDE, hidden = true, description = "This process is the network's hub.")
    private boolean inside;

    @Option(names = "--size", paramLabel = "SIZE", defaultValue = "256MiB", description = "How large a tree to send, from 1MiB to 64GiB (default: ${DEFAULT-VALUE}).")
    private ByteCount size = new ByteCount(0);

    @Option(names = "--dir", paramLabel = "DIR", description = "Where to make the work directory (default: the one for temporary files).")
    private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

    @Override
    public Integer call() throws IOException {
        if (size.bytes() < SMALLEST || size.bytes() > LARGEST) {
            throw new ParameterException(spec.commandLine(), "--size: from 1MiB to 64GiB, not " + size);
        }
        if (!parent.toFile().isDirectory()) {
            throw new ParameterException(spec.commandLine(), "--dir: no directory: " + parent);
        }
        DemoPlan plan = new DemoPlan(TreeMaker.usualSources(), size, Path.of(StorePath.STORE), parent, discovery,
                killOne, liar, hold);
        Console console = new Console(spec.commandLine().getOut(), spec.commandLine().getErr(), json);
        try {
            if (discovery == Discovery.LAN && !inside) {
                return NetworkedDemo.run(spec.root().commandLine().getParseResult().originalArgs());
            }
            DemoReport report = new Demo(plan, Programs.ofThisProcess(), console).run();
            console.show(report);
            return report.ok() ? HELD : FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return INTERRUPTED;
        }
    }
}
