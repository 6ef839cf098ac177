// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** A server of which a test decides what it sends, each time that it is asked. */
record TestSupply(String url, Supplier<Source<ByteString, NotUsed>> sends) implements NarSupply {
    @Override
    public Source<ByteString, NotUsed> open() {
        return sends.get();
    }
}
