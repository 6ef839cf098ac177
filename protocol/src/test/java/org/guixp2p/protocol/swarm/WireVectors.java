// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;

/** The vectors of docs/wire-protocol.md, read from the document itself, and the messages that they are of. */
final class WireVectors {
    private static final String BEHIND = "28b52ffd20405500001000010200a091065c01";

    private static final Path DOCUMENT = Path.of("..", "docs", "wire-protocol.md");
    private static final Pattern SECTION = Pattern.compile("```vectors\n(.*?)```", Pattern.DOTALL);

    static final NarHash H = new NarHash(filled(0x11));
    static final Sha256 R = filled(0x22);
    private static final InventoryKey KEY = new InventoryKey(0x0706_0504_0302_0100L, 0x0f0e_0d0c_0b0a_0908L, 50_000);

    private WireVectors() {}

    private static Sha256 filled(int value) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return Sha256.of(bytes);
    }

    /** Every vector's name and bytes. */
    static Map<String, byte[]> document() {
        Map<String, byte[]> vectors = new LinkedHashMap<>();
        Matcher sections = SECTION.matcher(text());
        while (sections.find()) {
            sections.group(1).lines().forEach(line -> {
                int equals = line.lastIndexOf(" = ");
                vectors.put(line.substring(0, equals), HexFormat.of().parseHex(line.substring(equals + 3)));
            });
        }
        return vectors;
    }

    private static String text() {
        try {
            return Files.readString(DOCUMENT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The messages of the document's vectors, by the names that it gives them. */
    static Map<String, SwarmMessage> messages() {
        RequestId one = new RequestId(1);
        RequestId two = new RequestId(2);
        RequestId three = new RequestId(3);
        Map<String, SwarmMessage> messages = new LinkedHashMap<>();
        messages.put("hello 1, features \"relay\" \"tcp.x\", agent \"guix-p2p/0.1\", port 6881, slots 64",
                new SwarmMessage.Hello(1, Set.of("tcp.x", "relay"), "guix-p2p/0.1", 6881, 64));
        messages.put("hello 1, features \"relay\" \"tcp.x\", agent \"guix-p2p/0.1\", port 6881, slots 64, light",
                new SwarmMessage.Hello(1, Set.of("tcp.x", "relay"), "guix-p2p/0.1", 6881, 64).forLight());
        messages.put("goodbye shutdown, \"bye\"", new SwarmMessage.Goodbye(GoodbyeReason.SHUTDOWN, "bye"));
        messages.put("ping 7", new SwarmMessage.Ping(7));
        messages.put("pong 9223372036854775807", new SwarmMessage.Pong(Long.MAX_VALUE));
        messages.put("query 1, h", new SwarmMessage.Query(one, List.of(H), false, 0));
        messages.put("query 4294967295, h, page, 4 blocks",
                new SwarmMessage.Query(new RequestId(-1), List.of(H), true, 4));
        messages.put("queries 1, h and r, small",
                new SwarmMessage.Queries(one, List.of(H, new NarHash(R)), true));
        messages.put("queries 4294967295, h", new SwarmMessage.Queries(new RequestId(-1), List.of(H), false));
        NarSize size = new NarSize(300_000);
        messages.put("offer 1, h, size 300000, r, complete",
                new SwarmMessage.Offer(one, H, size, R, new Holding.Complete()));
        messages.put("offer 1, h, size 300000, r, relay from 0 bits 40",
                new SwarmMessage.Offer(one, H, size, R, new Holding.Relay(BlockBits.of(0, new byte[]{0x40}))));
        messages.put("not-here 1, h", new SwarmMessage.NotHere(one, H));
        messages.put("manifest-request 2, h, r, page 3", new SwarmMessage.ManifestRequest(two, H, R, 3));
        byte[] hashes = new byte[64];
        H.digest().copyTo(hashes, 0);
        R.copyTo(hashes, 32);
        messages.put("manifest-page 2, page 0, hashes h r, proof r",
                new SwarmMessage.ManifestPart(two, ManifestPage.of(0, hashes, R.bytes())));
        messages.put("block-request 3, h, r, block 4194303", new SwarmMessage.BlockRequest(three, H, R, 4_194_303));
        messages.put("block-request 3, h, r, block 2, prefix",
                new SwarmMessage.BlockRequest(three, H, R, 2, true));
        messages.put("block 3, number 1, raw \"guix\"",
                new SwarmMessage.Block(three, 1, BlockPayload.raw(ascii("guix"))));
        messages.put("block 3, number 1, encoding zstd, length 8, \"0123456\"", new SwarmMessage.Block(three, 1,
                BlockPayload.of(BlockPayload.Encoding.ZSTD, 8, ascii("0123456"))));
        messages.put("block 3, number 2, encoding zstd with prefix, length 64: 32 times 00, 32 times 01",
                new SwarmMessage.Block(
                        three, 2,
                        BlockPayload.of(BlockPayload.Encoding.ZSTD_PREFIXED, 64, HexFormat.of().parseHex(BEHIND))));
        messages.put("refused 3, busy, retry 1500",
                new SwarmMessage.Refused(three, RefusalReason.BUSY, Duration.ofMillis(1500)));
        messages.put("cancel 3", new SwarmMessage.Cancel(three));
        messages.put("have h, r, from 5, bits a0",
                new SwarmMessage.Have(H, R, BlockBits.of(5, new byte[]{(byte) 0xa0})));
        messages.put("inventory, key 000102030405060708090a0b0c0d0e0f, 50000 items", new SwarmMessage.Inventory(KEY));
        messages.put("inventory-change, without the fingerprints 5 and 5, with that of h",
                new SwarmMessage.InventoryChange(Fingerprints.of(5, 5), Fingerprints.of(KEY.fingerprint(H))));
        messages.put("narinfo-request 1, of /gnu/store/" + "0".repeat(32) + "-hello",
                new SwarmMessage.NarinfoRequest(new RequestId(1),
                        ItemKey.of(new StorePath("0".repeat(32) + "-hello"))));
        messages.put("narinfo 1, \"guix\"", new SwarmMessage.SignedNarinfo(new RequestId(1),
                "guix".getBytes(StandardCharsets.US_ASCII)));
        messages.put("no-narinfo 1", new SwarmMessage.NoNarinfo(new RequestId(1)));
        messages.put("peers h at 198.51.100.7:6881, r at [2001:db8::7]:1024",
                new SwarmMessage.Peers(List.of(
                        new PeerAddress(new PeerId(H.digest()), new HostAndPort("198.51.100.7", 6881)),
                        new PeerAddress(new PeerId(R), new HostAndPort("2001:db8::7", 1024)))));
        messages.put("dial-back, port 6881", new SwarmMessage.DialBack(6881));
        messages.put("dial-back, reached", new SwarmMessage.DialledBack(DialOutcome.REACHED));
        return messages;
    }

    /** The roots of the document's vectors. */
    static Map<String, Sha256> roots() {
        Map<String, Sha256> roots = new LinkedHashMap<>();
        roots.put("root, NAR of 0 bytes", root(new byte[0]));
        roots.put("root, NAR \"guix\"", root(ascii("guix")));
        byte[] second = new byte[BlockLayout.BLOCK_BYTES + 1];
        second[BlockLayout.BLOCK_BYTES] = 1;
        roots.put("root, NAR of 262144 times 00, then 01", root(second));
        byte[] third = new byte[3 * BlockLayout.BLOCK_BYTES];
        for (int i = 0; i < 3; i++) {
            Arrays.fill(third, i * BlockLayout.BLOCK_BYTES, (i + 1) * BlockLayout.BLOCK_BYTES, (byte) (i + 1));
        }
        roots.put("root, NAR of 3 times 262144 bytes: all 01, all 02, all 03", root(third));
        return roots;
    }

    private static Sha256 root(byte[] nar) {
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        return builder.finish().root();
    }

    /** What the vector of a block with a prefix stands behind: 262144 times 00, then 262144 times 01. */
    static byte[] prefix() {
        byte[] prefix = new byte[2 * BlockLayout.BLOCK_BYTES];
        Arrays.fill(prefix, BlockLayout.BLOCK_BYTES, prefix.length, (byte) 1);
        return prefix;
    }

    /** A whole frame in one array. */
    static byte[] bytes(SwarmMessage message) {
        EncodedFrame frame = FrameEncoder.encode(message);
        byte[] bytes = Arrays.copyOf(frame.head(), frame.length());
        System.arraycopy(frame.payload(), 0, bytes, frame.head().length, frame.payload().length);
        return bytes;
    }
}
