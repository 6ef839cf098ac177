// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.download.NarSupply;
import org.guixp2p.node.http.HttpNarSource;
import org.guixp2p.node.http.NarAnswer;
import org.guixp2p.node.http.NarOffer;
import org.guixp2p.protocol.item.NarSize;

/** A NAR on a substitute server, as a download takes it. */
record ServerNar(HttpNarSource source, NarOffer offer, NarSize size) implements NarSupply {
    @Override
    public String url() {
        return offer.uri().toString();
    }

    @Override
    public Source<ByteString, NotUsed> open() {
        return Source.completionStageSource(source.open(offer, size).thenApply(answer -> switch (answer) {
            case NarAnswer.Opened opened -> opened.nar();
            case NarAnswer.Unavailable none -> Source.<ByteString>failed(new IOException(none.reason()));
        })).mapMaterializedValue(ignored -> NotUsed.getInstance());
    }
}
