// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.micro;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.guixp2p.node.discovery.Inventories;
import org.guixp2p.node.discovery.NarFilter;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.Fingerprints;
import org.guixp2p.protocol.swarm.InventoryKey;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The inventories of many peers, of 50,000 items each and each with a key of its own. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx512m")
public class InventoryBenchmark {
    static final long MOST_BYTES = 150_000_000;
    private static final int ITEMS = 50_000;

    /** How many peers there are. */
    @Param("1000")
    public int peers = 1000;

    private final SplittableRandom random = new SplittableRandom(1);
    private final Inventories inventories = new Inventories(MOST_BYTES);
    private final InventoryKey key = InventoryKey.draw(random, ITEMS);
    private final List<NarHash> nars = IntStream.range(0, ITEMS).mapToObj(i -> nar()).toList();
    private NarFilter filter = NarFilter.empty(key);
    private int next;

    private NarHash nar() {
        byte[] digest = new byte[Sha256.BYTES];
        random.nextBytes(digest);
        return new NarHash(Sha256.of(digest));
    }

    /** Has all peers tell what they have. */
    @Setup(Level.Trial)
    public void make() throws FormatException {
        filter = whole();
        for (int i = 0; i < peers; i++) {
            PeerId peer = new PeerId(nar().digest());
            InventoryKey own = InventoryKey.draw(random, ITEMS);
            if (!inventories.begin(peer, own)) {
                throw new IllegalStateException("no room for " + peers);
            }
            for (SwarmMessage.InventoryChange change : filling(own)) {
                inventories.change(peer, change);
            }
        }
    }

    private List<SwarmMessage.InventoryChange> filling(InventoryKey own) {
        return Fingerprints.cut(nars.stream().mapToLong(own::fingerprint).sorted().toArray()).stream()
                .map(some -> new SwarmMessage.InventoryChange(Fingerprints.of(), some)).toList();
    }

    /** What all filters take, in bytes. */
    long bytes() {
        return inventories.bytes();
    }

    /** Looks in all inventories for a NAR that is in none; how many say that they have it. */
    @Benchmark
    public int lookup() {
        return inventories.mayHave(nar()).size();
    }

    /** One item goes and another one comes, in one inventory. */
    @Benchmark
    public NarFilter change() throws FormatException {
        long gone = key.fingerprint(nars.get(next));
        next = (next + 1) % ITEMS;
        SwarmMessage.InventoryChange out = new SwarmMessage.InventoryChange(Fingerprints.of(gone),
                Fingerprints.of(key.fingerprint(nar())));
        return filter.with(out);
    }

    /** All of one inventory: its fingerprints are made and sorted, and then taken into a filter. */
    @Benchmark
    public NarFilter whole() throws FormatException {
        NarFilter made = NarFilter.empty(key);
        for (SwarmMessage.InventoryChange change : filling(key)) {
            made = made.with(change);
        }
        return made;
    }
}
