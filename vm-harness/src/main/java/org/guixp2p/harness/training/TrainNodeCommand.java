// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.guixp2p.harness.process.Programs;
import picocli.CommandLine.Command;

/** Does a {@link NodeTraining}; the launcher has the JDK watch it. */
@Command(name = "train-node", hidden = true, description = "For the launcher: let two nodes do what nodes do most days.")
public final class TrainNodeCommand implements Callable<Integer> {
    /** Enough for the compiler to see what is hot. */
    private static final long ITEM_BYTES = 64L << 20;

    @Override
    public Integer call() throws IOException, InterruptedException {
        NodeTraining.run(Path.of(System.getProperty("java.io.tmpdir")), Programs.ofThisProcess(), ITEM_BYTES);
        return 0;
    }
}
