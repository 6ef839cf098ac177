// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.persistence.guixdb.StoreDatabase;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.persistence.ledger.Gate;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.StoreDatabaseWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a page of packages, with a database as Guix has it. */
class SeedStatesTest {
    private static final int ITEMS = 300;

    @TempDir
    private Path directory;
    private long nanos;
    private boolean unreadable;
    /** For how many items the database was asked, each time. */
    private final List<Integer> asked = new ArrayList<>();

    private static StorePath path(int number) {
        return new StorePath(Sha256.hash(("path " + number).getBytes(UTF_8)).base32().substring(0,
                StorePath.HASH_LENGTH) + "-item-" + number);
    }

    private static NarHash nar(int number) {
        return new NarHash(Sha256.hash(("nar " + number).getBytes(UTF_8)));
    }

    private SeedStates states(StoreDatabase database) {
        List<SeedStatus> described = List.of(
                new SeedStatus(path(0).path(), nar(0).toString(), 100, "store", "offered", 0),
                new SeedStatus(path(1).path(), "", -1, "store", "hashing", 0));
        return new SeedStates(() -> CompletableFuture.completedFuture(described), Optional.empty(),
                items -> read(database, items), (item, build) -> judged(build), () -> nanos);
    }

    private Map<StorePath, ValidItem> read(StoreDatabase database, Collection<StorePath> items) throws IOException {
        asked.add(items.size());
        if (unreadable) {
            throw new IOException("not now");
        }
        return database.find(items);
    }

    private static Gate judged(NarHash build) {
        return build.equals(nar(2)) ? Gate.PUBLIC : build.equals(nar(3)) ? Gate.OTHER : Gate.UNKNOWN;
    }

    private StoreDatabase database() throws Exception {
        Path file = directory.resolve("db.sqlite");
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(file)) {
            for (int number = 0; number < ITEMS; number++) {
                daemon.register(path(number), nar(number), 100, 1);
            }
        }
        return new StoreDatabase(file);
    }

    @Test
    void thePageIsOneQuestionToTheDatabase() throws Exception {
        SeedStates states = states(database());
        List<StorePath> page = IntStream.rangeClosed(0, ITEMS).mapToObj(SeedStatesTest::path).toList();
        List<String> found = states.of(page);
        assertEquals(List.of(SeedStates.SEEDED, SeedStates.COULD_BE, SeedStates.COULD_BE, SeedStates.NOT_PUBLIC,
                SeedStates.UNKNOWN), found.subList(0, 5));
        assertEquals(ITEMS + 1, found.size());
        // The last one is not registered, and that is found out by the same question.
        assertEquals(SeedStates.UNKNOWN, found.getLast());
        assertEquals(List.of(ITEMS - 1), asked);
        assertEquals(found, states.of(page));
        assertEquals(List.of(ITEMS - 1), asked);
        nanos += Duration.ofSeconds(30).toNanos();
        assertEquals(found, states.of(page));
        assertEquals(List.of(ITEMS - 1, ITEMS - 1), asked);
    }

    @Test
    void anItemThatStandsThereTwiceIsAskedForOnce() throws Exception {
        SeedStates states = states(database());
        assertEquals(Stream.of(2, 3, 2).map(number -> number == 2 ? SeedStates.COULD_BE : SeedStates.NOT_PUBLIC)
                .toList(), states.of(List.of(path(2), path(3), path(2))));
        assertEquals(List.of(2), asked);
    }

    @Test
    void whatCannotBeReadIsUnknown() throws Exception {
        SeedStates states = states(database());
        unreadable = true;
        assertEquals(List.of(SeedStates.SEEDED, SeedStates.UNKNOWN), states.of(List.of(path(0), path(2))));
    }
}
