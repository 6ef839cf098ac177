// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.liar;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import org.guixp2p.node.Node;
import org.guixp2p.node.cli.Main;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.Manifest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** A node that offers what it has under the right manifest, and gives every block with one bit changed. */
@Command(name = "lying-node", hidden = true, description = "For the demo: a node that serves corrupt blocks; takes what 'node' takes.")
public final class LyingNodeCommand implements Callable<Integer> {
    @Unmatched
    private List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() {
        List<String> line = new ArrayList<>();
        line.add("node");
        line.addAll(arguments);
        return Main.run(line.toArray(String[]::new), (config, identity) -> Node.start(config, identity, Corrupt::new));
    }

    private record Corrupt(Offers real) implements Offers {
        @Override
        public CompletionStage<Optional<Offer>> find(NarHash nar) {
            return real.find(nar);
        }

        @Override
        public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
            return real.manifest(nar, root);
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            return real.block(nar, root, index).thenApply(bytes -> {
                bytes[bytes.length / 2] ^= 1;
                return bytes;
            });
        }
    }
}
