// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.util.ByteString;

/** A stage that the bytes of an answer go through. */
abstract class ByteStage extends GraphStage<FlowShape<ByteString, ByteString>> {
    final Inlet<ByteString> in = Inlet.create(getClass().getSimpleName() + ".in");
    final Outlet<ByteString> out = Outlet.create(getClass().getSimpleName() + ".out");
    final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);

    @Override
    public FlowShape<ByteString, ByteString> shape() {
        return shape;
    }
}
