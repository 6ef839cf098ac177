// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.ledger;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreLedgerTest {
    private static final Sha256 KEYS = digest("keys");
    private static final Sha256 SERVERS = digest("servers");

    @TempDir
    private Path state;

    private StoreLedger ledger;

    private static StoreLedger open(Path state, Sha256 keys, Sha256 servers) throws IOException {
        StoreLedger ledger = new StoreLedger(state, keys, servers);
        ledger.open();
        return ledger;
    }

    @BeforeEach
    void open() throws Exception {
        ledger = open(state, KEYS, SERVERS);
    }

    @AfterEach
    void close() throws Exception {
        ledger.close();
    }

    private static Sha256 digest(String text) {
        return Sha256.hash(text.getBytes(US_ASCII));
    }

    private static Registration item(long id) {
        return new Registration(id, 100 + id, new NarHash(digest("nar " + id)));
    }

    private static Manifest manifest(int size) {
        ManifestBuilder builder = new ManifestBuilder(new NarSize(size));
        builder.update(new byte[size], 0, size);
        return builder.finish();
    }

    private List<String> all() throws IOException {
        List<String> all = new ArrayList<>();
        ledger.forEach((item, gate, until, tree) -> {
            assertEquals(100 + item.id(), item.registered());
            all.add(item.id() + " " + gate + " " + until + " " + tree);
        });
        return all;
    }

    private void openAgain(Sha256 keys, Sha256 servers) throws Exception {
        ledger.close();
        ledger = open(state, keys, servers);
    }

    private void judge() throws IOException {
        ledger.judged(List.of(new StoreLedger.Verdict(item(3), Gate.ABSENT, 7),
                new StoreLedger.Verdict(item(1), Gate.PUBLIC, 9), new StoreLedger.Verdict(item(2), Gate.OTHER, 8)));
        ledger.whole(item(1), manifest(600_000));
        ledger.damaged(item(3));
    }

    @Test
    void whatWasFoundOutIsKnownAtTheNextStart() throws Exception {
        judge();
        openAgain(KEYS, SERVERS);
        assertEquals(List.of("1 PUBLIC 9 WHOLE", "2 OTHER 8 UNKNOWN", "3 ABSENT 7 DAMAGED"), all());
        assertEquals(Optional.of(manifest(600_000)), ledger.manifest(item(1)));
        assertEquals(Optional.empty(), ledger.manifest(item(3)));
        ledger.damaged(item(1));
        assertEquals(Optional.empty(), ledger.manifest(item(1)));
        ledger.forget(List.of(1L, 2L));
        assertEquals(List.of("3 ABSENT 7 DAMAGED"), all());
    }

    @Test
    void withOtherKeysNobodyIsPublicAndWithOtherServersNobodyIsDenied() throws Exception {
        judge();
        openAgain(KEYS, digest("others"));
        assertEquals(List.of("1 PUBLIC 9 WHOLE", "2 UNKNOWN 0 UNKNOWN", "3 UNKNOWN 0 DAMAGED"), all());
        openAgain(digest("other keys"), digest("others"));
        assertEquals(List.of("1 UNKNOWN 0 WHOLE", "2 UNKNOWN 0 UNKNOWN", "3 UNKNOWN 0 DAMAGED"), all());
    }

    @Test
    void whatIsRegisteredAgainWithTheSameIdIsAnotherItem() throws Exception {
        judge();
        Registration later = new Registration(1, 101, new NarHash(digest("other")));
        ledger.judged(List.of(new StoreLedger.Verdict(later, Gate.ABSENT, 4)));
        assertEquals("1 ABSENT 4 UNKNOWN", all().getFirst());
        assertEquals(Optional.empty(), ledger.manifest(item(1)));
        assertEquals(Optional.empty(), ledger.manifest(later));
    }

    @Test
    void aDamagedLedgerIsSetAside() throws Exception {
        judge();
        ledger.close();
        byte[] rubbish = "rubbish ".repeat(1000).getBytes(US_ASCII);
        Files.write(state.resolve("store.sqlite"), rubbish);
        ledger = open(state, KEYS, SERVERS);
        assertEquals(List.of(), all());
        assertArrayEquals(rubbish, Files.readAllBytes(state.resolve("store.sqlite.damaged")));
        judge();
        assertEquals(3, all().size());
    }

    private Connection other() throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + state.resolve("store.sqlite"));
    }

    private boolean isSetAside() {
        return Files.exists(state.resolve("store.sqlite.damaged"));
    }

    /** Whoever looks at it, or mends it by hand, does it no harm. */
    @Test
    void aLedgerThatIsLockedForAWhileIsKept() throws Exception {
        judge();
        ledger.close();
        ledger = new StoreLedger(state, KEYS, digest("others"));
        try (Connection other = other(); Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            IOException said = assertThrows(IOException.class, ledger::open);
            assertTrue(String.valueOf(said.getMessage()).contains("SQLITE_BUSY"), said::getMessage);
            assertThrows(IOException.class, this::all, "nothing is known before it is open");
        }
        assertFalse(isSetAside());
        ledger.open();
        assertEquals(List.of("1 PUBLIC 9 WHOLE", "2 UNKNOWN 0 UNKNOWN", "3 UNKNOWN 0 DAMAGED"), all());
    }

    @Test
    void aLedgerThatCannotBeReachedForAWhileIsKept() throws Exception {
        judge();
        ledger.close();
        ledger = new StoreLedger(state.resolve("mounted"), KEYS, SERVERS);
        assertThrows(IOException.class, ledger::open);
        Files.createDirectory(state.resolve("mounted"));
        Files.move(state.resolve("store.sqlite"), state.resolve("mounted/store.sqlite"));
        ledger.open();
        assertEquals(3, all().size());
    }

    @Test
    void aFileThatIsNoneForAMomentIsKept() throws Exception {
        ledger.close();
        Files.delete(state.resolve("store.sqlite"));
        Files.createDirectory(state.resolve("store.sqlite"));
        ledger = new StoreLedger(state, KEYS, SERVERS);
        assertThrows(IOException.class, ledger::open);
        assertFalse(isSetAside());
    }

    @Test
    void aLedgerOfAnotherVersionIsSetAside() throws Exception {
        judge();
        ledger.close();
        try (Connection other = other(); Statement statement = other.createStatement()) {
            statement.execute("PRAGMA user_version = 99");
        }
        ledger = open(state, KEYS, SERVERS);
        assertTrue(isSetAside());
        assertEquals(List.of(), all());
    }

    @Test
    void aLedgerWithOtherColumnsIsSetAside() throws Exception {
        ledger.close();
        try (Connection other = other(); Statement statement = other.createStatement()) {
            statement.execute("ALTER TABLE item DROP COLUMN gate");
        }
        ledger = open(state, digest("other keys"), SERVERS);
        assertTrue(isSetAside());
    }

    /** Not all is looked at when it is opened. */
    @Test
    void whatIsFoundDamagedWhenItIsReadBeginsAnew() throws Exception {
        judge();
        try (Connection other = other(); Statement statement = other.createStatement()) {
            statement.execute("UPDATE item SET hash = x'00' WHERE id = 2");
        }
        assertThrows(IOException.class, this::all);
        assertTrue(isSetAside());
        ledger.open();
        assertEquals(List.of(), all());
        judge();
        assertEquals(3, all().size());
    }

    /** It may be long before all of it is read again. */
    @Test
    void whatIsFoundOutAfterItWasSetAsideIsWritten() throws Exception {
        judge();
        try (Connection other = other(); Statement statement = other.createStatement()) {
            statement.execute("UPDATE item SET hash = x'00' WHERE id = 2");
        }
        assertThrows(IOException.class, this::all);
        judge();
        assertEquals(3, all().size());
    }

    @Test
    void whatIsFoundDamagedWhenItIsWrittenBeginsAnew() throws Exception {
        judge();
        try (Connection other = other(); Statement statement = other.createStatement()) {
            statement.execute("DROP TABLE manifest");
        }
        assertThrows(IOException.class, () -> ledger.whole(item(4), manifest(600_000)));
        assertTrue(isSetAside());
        ledger.whole(item(4), manifest(600_000));
        assertEquals(List.of("4 UNKNOWN 0 WHOLE"), all());
    }

    @Test
    void whatCannotBeWrittenForAWhileLeavesWhatThereWas() throws Exception {
        judge();
        try (Connection other = other(); Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            IOException said = assertThrows(IOException.class, () -> ledger.forget(List.of(1L)));
            assertTrue(String.valueOf(said.getMessage()).contains("SQLITE_BUSY"), said::getMessage);
        }
        assertFalse(isSetAside());
        assertEquals(3, all().size());
        ledger.forget(List.of(1L));
        assertEquals(2, all().size());
    }

    /** As on a full disk, SQLite itself takes back what was begun; that there is nothing more to take back is not what is said. */
    @Test
    void whyNothingCouldBeWrittenIsSaid() throws Exception {
        judge();
        try (Connection other = other(); Statement statement = other.createStatement()) {
            statement.execute("CREATE TRIGGER no BEFORE DELETE ON item BEGIN SELECT RAISE(ROLLBACK, 'no room'); END");
        }
        IOException said = assertThrows(IOException.class, () -> ledger.forget(List.of(1L)));
        assertTrue(String.valueOf(said.getMessage()).contains("no room"), said::getMessage);
    }

    @Test
    void whatComesAfterTheEndIsNotWritten() throws Exception {
        ledger.close();
        judge();
        assertThrows(IOException.class, ledger::open);
    }

    @Test
    void aDamagedManifestIsNone() throws Exception {
        judge();
        ledger.close();
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + state.resolve("store.sqlite"));
                Statement statement = other.createStatement()) {
            statement.execute("UPDATE manifest SET blocks = zeroblob(length(blocks))");
        }
        ledger = open(state, KEYS, SERVERS);
        assertEquals(Optional.empty(), ledger.manifest(item(1)));
    }

    @Test
    void damageThatIsSeenLaterIsSaidAndBeginsAnew() throws Exception {
        for (int i = 0; i < 200; i++) {
            ledger.whole(item(i), manifest(600_000));
        }
        ledger.close();
        try (RandomAccessFile file = new RandomAccessFile(state.resolve("store.sqlite").toFile(), "rw")) {
            file.seek(12 * 4096);
            file.write(new byte[(int) file.length() - 12 * 4096]);
        }
        ledger = open(state, KEYS, SERVERS);
        IOException said = assertThrows(IOException.class, () -> {
            for (int i = 0; i < 200; i++) {
                ledger.manifest(item(i));
            }
        });
        assertTrue(String.valueOf(said.getMessage()).startsWith(state.resolve("store.sqlite") + ": "),
                said::getMessage);
        assertTrue(isSetAside());
        ledger.open();
        assertEquals(Optional.empty(), ledger.manifest(item(1)));
    }
}
