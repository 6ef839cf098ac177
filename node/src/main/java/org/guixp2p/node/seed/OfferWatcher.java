// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;

/** Is told what this node offers: on one thread at a time, which it does not block. */
public interface OfferWatcher {
    /**
     * A NAR is offered; or is still, and more of it is wanted than before.
     *
     * @param blocks how many of its blocks were given
     */
    void offered(NarHash nar, NarSize size, long blocks);

    /** It was not offered before. */
    default void added(NarHash nar, NarSize size) {}

    /** A block of it is given to somebody. */
    default void given(Seeds.Offered nar) {}

    /** A NAR is offered no more. */
    void withdrawn(NarHash nar);

    /** Nobody wants to know. */
    static OfferWatcher none() {
        return new OfferWatcher() {
            @Override
            public void offered(NarHash nar, NarSize size, long blocks) {}

            @Override
            public void withdrawn(NarHash nar) {}
        };
    }
}
