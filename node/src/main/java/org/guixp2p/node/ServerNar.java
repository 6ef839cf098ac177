// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.download.NarSupply;
import org.guixp2p.node.http.HttpNarSource;
import org.guixp2p.node.http.NarAnswer;
import org.guixp2p.node.http.NarOffer;
import org.guixp2p.persistence.mirrors.Fault;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.protocol.item.NarSize;

/** A NAR on a substitute server, as a download takes it. */
record ServerNar(HttpNarSource source, NarOffer offer, NarSize size, Mirrors mirrors) implements NarSupply {
    @Override
    public String url() {
        return offer.uri().toString();
    }

    @Override
    public boolean isOut() {
        return mirrors.isOut(offer.server(), Mirrors.Use.NARS);
    }

    @Override
    public void proven() {
        mirrors.proven(offer.server());
    }

    @Override
    public void lied() {
        mirrors.failed(offer.server(), Mirrors.Use.NARS, Fault.DAMAGED, mirrors.now());
    }

    @Override
    public boolean isElsewhereThan(NarSupply other) {
        return other instanceof ServerNar nar && !nar.offer.server().equals(offer.server());
    }

    @Override
    public Source<ByteString, NotUsed> open() {
        return read(source.open(offer, size), opened -> {});
    }

    @Override
    public Source<ByteString, NotUsed> open(NarSupply spare, Race race) {
        if (!(spare instanceof ServerNar other)) {
            return open();
        }
        return read(source.open(offer, other.offer, size, race::joined),
                opened -> race.won(opened.offer().equals(offer) ? this : spare));
    }

    /** @param begins hears who sends, before anything of it comes */
    private static Source<ByteString, NotUsed> read(CompletableFuture<NarAnswer> asked,
            Consumer<NarAnswer.Opened> begins) {
        return Source.completionStageSource(asked.thenApply(answer -> switch (answer) {
            case NarAnswer.Opened opened -> {
                begins.accept(opened);
                yield opened.nar();
            }
            case NarAnswer.Unavailable none -> Source.<ByteString>failed(new IOException(none.reason()));
        })).watchTermination((ignored, done) -> {
            // Whoever stops while the NAR waits for its turn, or before it is read, is in nobody's way.
            done.whenComplete((ok, failure) -> {
                asked.cancel(false);
                var _ = asked.thenAccept(ServerNar::discard);
            });
            return NotUsed.getInstance();
        });
    }

    private static void discard(NarAnswer answer) {
        if (answer instanceof NarAnswer.Opened opened) {
            opened.discard();
        }
    }
}
