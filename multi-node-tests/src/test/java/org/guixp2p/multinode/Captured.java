// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.guixp2p.node.swarm.Offers;

/** What a node gives, made of what it has when it starts; from then on the test has it too. */
final class Captured<T extends Offers> implements UnaryOperator<Offers> {
    private final Function<Offers, T> making;
    private final CompletableFuture<T> made = new CompletableFuture<>();

    Captured(Function<Offers, T> making) {
        this.making = making;
    }

    @Override
    public Offers apply(Offers real) {
        T giving = making.apply(real);
        made.complete(giving);
        return giving;
    }

    /** What was made; waits until the node begins to. */
    T get() {
        return made.join();
    }
}
