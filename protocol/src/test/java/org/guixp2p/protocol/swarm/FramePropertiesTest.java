// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;

/** Whatever a peer says comes out at the other side, however the stream is cut. */
class FramePropertiesTest {
    @Property(tries = 300)
    void messagesRoundTripAcrossAnyCuts(@ForAll("messages") List<SwarmMessage> messages,
            @ForAll List<@IntRange(min = 1, max = 700) Integer> cuts) throws FormatException {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        messages.forEach(message -> stream.writeBytes(WireVectors.bytes(message)));
        byte[] bytes = stream.toByteArray();
        FrameDecoder decoder = new FrameDecoder();
        List<SwarmMessage> found = new ArrayList<>();
        int position = 0;
        for (int i = 0; position < bytes.length; i++) {
            int length = Math.min(bytes.length - position, cuts.isEmpty() ? 1 : cuts.get(i % cuts.size()));
            ByteBuffer piece = ByteBuffer.wrap(bytes, position, length);
            for (SwarmMessage m = decoder.decode(piece); m != null; m = decoder.decode(piece)) {
                found.add(m);
            }
            assertFalse(piece.hasRemaining());
            position += length;
        }
        assertEquals(messages, found);
        assertFalse(decoder.midFrame());
    }

    @Property(tries = 200)
    void blocksComeOutOfTheirPayloads(@ForAll @Size(min = 1, max = 5000) byte[] block,
            @ForAll @IntRange(min = 1, max = 4) int repeat, @ForAll @IntRange(min = 1, max = 9) int level)
            throws FormatException {
        byte[] repeated = new byte[block.length * repeat];
        for (int i = 0; i < repeated.length; i++) {
            repeated[i] = block[i % block.length];
        }
        BlockPayload payload = BlockPayload.compress(repeated, level);
        assertArrayEquals(repeated, payload.block());
        switch (payload.encoding()) {
            case RAW -> assertEquals(repeated.length, payload.wireLength());
            case ZSTD, ZSTD_PREFIXED ->
                assertTrue(payload.wireLength() * 8 <= repeated.length * 7, payload.toString());
        }
    }

    @Provide
    Arbitrary<List<SwarmMessage>> messages() {
        return Arbitraries.oneOf(hellos(), goodbyes(), nonces().map(SwarmMessage.Ping::new),
                nonces().map(SwarmMessage.Pong::new), queries(), manyQueries(), offers(), pages(), blocks(), refusals(),
                Combinators.combine(ids(), nars()).as(SwarmMessage.NotHere::new),
                Combinators.combine(ids(), nars(), hashes(), Arbitraries.integers().between(0, 1023))
                        .as(SwarmMessage.ManifestRequest::new),
                Combinators.combine(ids(), nars(), hashes(), Arbitraries.integers().between(0, (1 << 22) - 1),
                        Arbitraries.of(true, false))
                        .as((id, nar, root, block, prefixed) -> new SwarmMessage.BlockRequest(
                                id, nar, root, block, prefixed && block > 0)),
                ids().map(SwarmMessage.Cancel::new),
                Combinators.combine(nars(), hashes(), windows()).as(SwarmMessage.Have::new),
                Combinators.combine(Arbitraries.longs(), Arbitraries.longs(),
                        Arbitraries.integers().between(0, InventoryKey.MAX_ITEMS))
                        .as((k0, k1, items) -> new SwarmMessage.Inventory(new InventoryKey(k0, k1, items))),
                Combinators.combine(fingerprints(), fingerprints()).as(SwarmMessage.InventoryChange::new),
                Combinators.combine(ids(), hashes())
                        .as((id, item) -> new SwarmMessage.NarinfoRequest(id, new ItemKey(item))),
                Combinators.combine(ids(), Arbitraries.bytes().array(byte[].class).ofMinSize(1).ofMaxSize(500))
                        .as(SwarmMessage.SignedNarinfo::new),
                peers().list().uniqueElements().ofMinSize(1).ofMaxSize(50).map(SwarmMessage.Peers::new),
                Arbitraries.integers().between(1024, 65_535).map(SwarmMessage.DialBack::new),
                Arbitraries.of(DialOutcome.class).map(SwarmMessage.DialledBack::new),
                ids().map(SwarmMessage.NoNarinfo::new))
                .list().ofMaxSize(12);
    }

    private static Arbitrary<SwarmMessage> hellos() {
        Arbitrary<String> features = Arbitraries.strings().withCharRange('a', 'z').withChars("019-.").ofMinLength(1)
                .ofMaxLength(32);
        return Combinators.combine(Arbitraries.integers().between(1, 65_535), features.set().ofMaxSize(32),
                printable(64), Arbitraries.integers().between(0, 65_535), Arbitraries.integers().between(1, 65_535),
                Arbitraries.of(true, false)).as(SwarmMessage.Hello::new);
    }

    private static Arbitrary<SwarmMessage> goodbyes() {
        return Combinators.combine(Arbitraries.of(GoodbyeReason.class), printable(200)).as(SwarmMessage.Goodbye::new);
    }

    private static Arbitrary<SwarmMessage> queries() {
        Arbitrary<SwarmMessage> one = Combinators.combine(ids(), nars(), Arbitraries.of(true, false),
                Arbitraries.integers().between(0, 4))
                .as((id, nar, page, blocks) -> new SwarmMessage.Query(id, List.of(nar), page, blocks));
        Arbitrary<SwarmMessage> several = Combinators.combine(ids(), nars().list().uniqueElements().ofMinSize(2)
                .ofMaxSize(64)).as((id, nars) -> new SwarmMessage.Query(id, nars, false, 0));
        return Arbitraries.oneOf(one, several);
    }

    private static Arbitrary<SwarmMessage> manyQueries() {
        return Combinators.combine(ids(), nars().list().uniqueElements().ofMinSize(1).ofMaxSize(64),
                Arbitraries.of(true, false)).as(SwarmMessage.Queries::new);
    }

    private static Arbitrary<SwarmMessage> offers() {
        Arbitrary<SwarmMessage> complete = Combinators.combine(ids(), nars(),
                Arbitraries.longs().between(0, NarSize.MAX_BYTES), hashes())
                .as((id, nar, size, root) -> new SwarmMessage.Offer(id, nar, new NarSize(size), root,
                        new Holding.Complete()));
        Arbitrary<SwarmMessage> relays = Combinators.combine(ids(), nars(), hashes(), windows()).as((id, nar, root,
                window) -> new SwarmMessage.Offer(id, nar, new NarSize(NarSize.MAX_BYTES), root,
                        new Holding.Relay(window)));
        return Arbitraries.oneOf(complete, relays);
    }

    private static Arbitrary<SwarmMessage> pages() {
        return Combinators.combine(ids(), Arbitraries.integers().between(0, 1023),
                hashes().list().ofMaxSize(20).map(FramePropertiesTest::joined),
                hashes().list().ofMaxSize(10).map(FramePropertiesTest::joined))
                .as((id, number, hashes, proof) -> new SwarmMessage.ManifestPart(id,
                        ManifestPage.of(number, hashes, proof)));
    }

    private static byte[] joined(List<Sha256> hashes) {
        byte[] bytes = new byte[hashes.size() * Sha256.BYTES];
        for (int i = 0; i < hashes.size(); i++) {
            hashes.get(i).copyTo(bytes, i * Sha256.BYTES);
        }
        return bytes;
    }

    private static Arbitrary<SwarmMessage> blocks() {
        Arbitrary<BlockPayload> payloads = Combinators.combine(
                Arbitraries.bytes().array(byte[].class).ofMinSize(1).ofMaxSize(2000),
                Arbitraries.of(BlockPayload.Encoding.class))
                .as((bytes, encoding) -> encoding == BlockPayload.Encoding.RAW
                        ? BlockPayload.raw(bytes)
                        : BlockPayload.of(encoding, BlockLayout.BLOCK_BYTES, bytes));
        return Combinators.combine(ids(), Arbitraries.integers().between(1, (1 << 22) - 1), payloads)
                .as(SwarmMessage.Block::new);
    }

    private static Arbitrary<SwarmMessage> refusals() {
        return Combinators.combine(ids(), Arbitraries.of(RefusalReason.class),
                Arbitraries.longs().between(0, 600_000).map(Duration::ofMillis)).as(SwarmMessage.Refused::new);
    }

    private static Arbitrary<BlockBits> windows() {
        return Combinators.combine(Arbitraries.integers().between(0, (1 << 22) - 8 * 40),
                Arbitraries.bytes().array(byte[].class).ofMinSize(1).ofMaxSize(40)).as(BlockBits::of);
    }

    private static Arbitrary<Fingerprints> fingerprints() {
        return Arbitraries.longs().between(0, (1L << 33) - 1).list().ofMaxSize(40)
                .map(values -> Fingerprints.of(values.stream().mapToLong(Long::longValue).sorted().toArray()));
    }

    private static Arbitrary<PeerAddress> peers() {
        Arbitrary<InetAddress> hosts = Arbitraries.oneOf(Arbitraries.bytes().array(byte[].class).ofSize(4),
                Arbitraries.bytes().array(byte[].class).ofSize(16)).map(FramePropertiesTest::host)
                .filter(host -> AddressScope.of(host) != AddressScope.NARROW);
        return Combinators.combine(hashes().map(PeerId::new), hosts, Arbitraries.integers().between(1024, 65_535))
                .as((peer, host, port) -> new PeerAddress(peer, HostAndPort.of(host, port)));
    }

    private static InetAddress host(byte[] address) {
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Arbitrary<RequestId> ids() {
        return Arbitraries.integers().map(RequestId::new);
    }

    private static Arbitrary<Long> nonces() {
        return Arbitraries.longs().between(0, Long.MAX_VALUE);
    }

    private static Arbitrary<Sha256> hashes() {
        return Arbitraries.bytes().array(byte[].class).ofSize(32).map(Sha256::of);
    }

    private static Arbitrary<NarHash> nars() {
        return hashes().map(NarHash::new);
    }

    private static Arbitrary<String> printable(int most) {
        return Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(most);
    }
}
