// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.util.ByteString;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.narinfo.FileSize;
import org.guixp2p.protocol.narinfo.NarSource;
import org.guixp2p.protocol.narinfo.NarUrl;
import org.guixp2p.protocol.narinfo.Narinfo;

/**
 * An item's narinfo as it is given to clients.
 *
 * @param text what was signed and the signature to the last byte, and below it where the NAR is to be had here
 * @param reply the same, made once for all who ask
 */
record Page(GatewayItems.Item item, ByteString text, Reply reply) {
    private static final String NARINFO = "application/x-nix-narinfo";

    /**
     * Writes it. No {@code FileSize} stands in it, since none is known of what is compressed on its way, and Guix pairs by position
     * what there is ({@code guix/narinfo.scm}). Where the signature covers the lines that say where the NAR is, they stay.
     */
    static Page of(GatewayItems.Item item) {
        Narinfo narinfo = item.narinfo();
        Narinfo shown = narinfo.areSourcesSigned() || !narinfo.isSigned()
                ? narinfo
                : narinfo.withSources(List.of(source(item, Compression.NONE), source(item, Compression.ZSTD)));
        String size = narinfo.isSigned() && narinfo.narSize().isPresent() && !narinfo.isNarSizeSigned()
                && !narinfo.areSourcesSigned() ? "NarSize: " + item.size() + "\n" : "";
        ByteString text = ByteString.fromArrayUnsafe(shown.raw())
                .concat(ByteString.fromString(size, StandardCharsets.US_ASCII)).compact();
        return new Page(item, text, Answers.lasting(Reply.of(Reply.OK), Answers.HIT).with("Content-Type", NARINFO)
                .with(new Reply.Body.Whole(text)));
    }

    private static NarSource source(GatewayItems.Item item, Compression compression) {
        return new NarSource(new NarUrl(Resource.url(item.path(), compression)), compression.text(),
                Optional.<FileSize>empty());
    }
}
