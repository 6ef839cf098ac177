// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Decompression is native code: where it cannot be loaded, that is an error, and one of the whole process. */
@Timeout(120)
class LaneWithoutZstdTest {
    /** Prints what becomes of two compressed blocks and one that is not, asked for one after another. */
    static final class Program {
        /** RFC 8878: one segment of 256 KiB, which twice 128 KiB of the byte 0 fill. */
        private static final byte[] ZEROES = HexFormat.of().parseHex("28b52ffda0000004000200100003001000");
        private static final int BLOCKS = 3;

        private Program() {}

        private static BlockPayload payload(int block) {
            return block == BLOCKS - 1
                    ? BlockPayload.raw(new byte[BlockLayout.BLOCK_BYTES])
                    : BlockPayload.of(BlockPayload.Encoding.ZSTD, BlockLayout.BLOCK_BYTES, ZEROES);
        }

        public static void main(String[] args) throws Exception {
            byte[] nar = new byte[BLOCKS * BlockLayout.BLOCK_BYTES];
            ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
            builder.update(nar, 0, nar.length);
            Manifest manifest = builder.finish();
            BlockingQueue<PeerLane.Result> results = new LinkedBlockingQueue<>();
            ActorTestKit kit = ActorTestKit.create();
            try (ExecutorService disk = Executors.newFixedThreadPool(2);
                    PartialNar file = NarStore.open(Path.of(args[0])).create(new NarHash(Sha256.hash(nar)),
                            manifest.narSize())) {
                PeerLane lane = new PeerLane(kit.system(), manifest, file,
                        (block, prefixed) -> CompletableFuture
                                .completedFuture(new PeerSession.BlockReceived(block, payload(block))),
                        new WriteGate(), disk, results::add);
                for (int block = 0; block < BLOCKS; block++) {
                    lane.wantAlone(block);
                    System.out.println(results.poll(20, TimeUnit.SECONDS));
                }
            }
            kit.shutdownTestKit();
        }
    }

    @TempDir
    private Path directory;

    private List<String> results(String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                Program.class.getName(), directory.toString()));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try {
            return process.inputReader(StandardCharsets.UTF_8).lines()
                    .filter(line -> line.startsWith("Result") || line.equals("null")).toList();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String stored(int block, boolean compressed) {
        return new PeerLane.Result(block, new PeerLane.Outcome.Stored(BlockLayout.BLOCK_BYTES, compressed)).toString();
    }

    @Test
    void compressedBlocksAreRead() throws Exception {
        assertEquals(List.of(stored(0, true), stored(1, true), stored(2, false)), results());
    }

    /** The first finds that out, and those after it find that it was found out. */
    @Test
    void whatCannotBeReadIsMissingAndTheOthersGoOn() throws Exception {
        List<String> results = results("-DZstdNativePath=/nonexistent");
        assertEquals(3, results.size());
        assertTrue(results.get(0).contains("Missing") && results.get(0).contains("UnsatisfiedLinkError"),
                results.get(0));
        assertTrue(results.get(1).contains("Missing") && results.get(1).contains("NoClassDefFoundError"),
                results.get(1));
        assertEquals(stored(2, false), results.get(2));
    }
}
