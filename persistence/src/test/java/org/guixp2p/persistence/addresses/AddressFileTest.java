// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.addresses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses outlast a restart, and a file that makes no sense is no obstacle. */
class AddressFileTest {
    private static final InstantSource CLOCK = () -> Instant.ofEpochSecond(1_800_000_000);
    private static final PeerId PEER = new PeerId(Sha256.hash(new byte[]{1}));
    private static final String LINE = "guixp2p://" + PEER + "@198.51.100.7:6881 1799999999 3 1";

    @TempDir
    Path directory;

    private static AddressBook load(Path directory) {
        return new AddressFile(directory).load(CLOCK, List.of());
    }

    private static FormatException refusal(String content) {
        return assertThrows(FormatException.class,
                () -> AddressFile.decode(content.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private static String file(String... lines) {
        return "guix-p2p peers 1\n" + String.join("\n", lines) + "\nend\n";
    }

    @Test
    void whatWasKeptComesBack() throws IOException {
        AddressBook book = load(directory);
        book.worked(PEER, new InetSocketAddress(InetAddress.ofLiteral("198.51.100.7"), 6881));
        book.worked(PEER, new InetSocketAddress(InetAddress.ofLiteral("2001:db8::7"), 6881));
        new AddressFile(directory).save(book);
        assertEquals(book.best(host -> true, 9), load(directory).best(host -> true, 9));
        assertEquals(2, load(directory).size());
        assertEquals("rw-------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("peers"))));
    }

    @Test
    void isWrittenOnlyWhenSomethingHasChanged() throws IOException {
        AddressFile file = new AddressFile(directory);
        AddressBook book = file.load(CLOCK, List.of());
        file.save(book);
        assertFalse(Files.exists(directory.resolve("peers")));
        book.worked(PEER, new InetSocketAddress(InetAddress.ofLiteral("198.51.100.7"), 6881));
        file.save(book);
        FileTime longAgo = FileTime.from(Instant.ofEpochSecond(7));
        Files.setLastModifiedTime(directory.resolve("peers"), longAgo);
        file.save(book);
        assertEquals(longAgo, Files.getLastModifiedTime(directory.resolve("peers")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "guix-p2p peers 2\nend\n"})
    void aDamagedFileIsSetAside(String content) throws IOException {
        Files.writeString(directory.resolve("peers"), content);
        assertEquals(0, load(directory).size());
        assertFalse(Files.exists(directory.resolve("peers")));
        assertEquals(content, Files.readString(directory.resolve("peers.damaged")));
    }

    @Test
    void aFileThatCannotBeReadIsLeft() throws IOException {
        Files.createDirectory(directory.resolve("peers"));
        assertEquals(0, load(directory).size());
        assertTrue(Files.isDirectory(directory.resolve("peers")));
    }

    /** Else it would be the first to be dialled for ever. */
    @Test
    void whatWasSeenInTheFutureWasSeenNow() throws IOException {
        Files.writeString(directory.resolve("peers"), file(LINE.replace(" 1799999999 ", " 1999999999 ")));
        assertEquals(1_800_000_000, load(directory).best(host -> true, 9).getFirst().lastSeconds());
    }

    @Test
    void aLineIsAnAddress() throws FormatException {
        assertEquals(List.of(new KnownAddress(new PeerAddress(PEER, new HostAndPort("198.51.100.7", 6881)),
                1_799_999_999, 3, 1)), AddressFile.decode(file(LINE).getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void aCutFileIsRefused() throws FormatException {
        byte[] whole = file(LINE).getBytes(StandardCharsets.US_ASCII);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThrows(FormatException.class, () -> AddressFile.decode(cut));
        }
        assertEquals(1, AddressFile.decode(whole).size());
    }

    @Test
    void whatIsNoAddressIsRefused() {
        for (String line : List.of("", LINE + " ", LINE + " 1", LINE.replace(" 3 ", " -3 "), LINE.replace(" 3 ", " x "),
                LINE.replace(" 3 ", " 0 "), LINE.replace(" 3 ", " 1000001 "), LINE.replace(" 3 ", "  "),
                LINE.replace("198.51.100.7", "example.org"), LINE.replace("198.51.100.7", "é"),
                LINE.replace(":6881", ":0"), LINE.replace(" 1799999999 ", " -1 "),
                LINE.replace(" 1799999999 ", " 9223372036854775808 "))) {
            String message = String.valueOf(refusal(file(line)).getMessage());
            assertTrue(FormatException.isPrintable(message), message);
        }
    }

    @Test
    void whatIsTooLongIsRefused() {
        String[] lines = new String[AddressBook.CAPACITY + 1];
        Arrays.fill(lines, LINE);
        assertEquals("more than 1024 addresses", refusal(file(lines)).getMessage());
        assertEquals("more than 262144 bytes", refusal("x".repeat(AddressFile.MAX_BYTES + 1)).getMessage());
    }

    @Property(tries = 200)
    void comesBackAsItWas(@ForAll("addresses") List<KnownAddress> addresses) throws FormatException {
        assertEquals(addresses, AddressFile.decode(AddressFile.encode(addresses)));
    }

    @Provide
    Arbitrary<List<KnownAddress>> addresses() {
        Arbitrary<PeerId> peers = Arbitraries.bytes().array(byte[].class).ofSize(32)
                .map(bytes -> new PeerId(Sha256.of(bytes)));
        Arbitrary<String> hosts = Arbitraries.oneOf(Arbitraries.bytes().array(byte[].class).ofSize(4),
                Arbitraries.bytes().array(byte[].class).ofSize(16)).map(AddressFileTest::host);
        Arbitrary<PeerAddress> at = Combinators.combine(peers, hosts, Arbitraries.integers().between(1, 65_535))
                .as((peer, host, port) -> new PeerAddress(peer, new HostAndPort(host, port)));
        return Combinators.combine(at, Arbitraries.longs().between(0, Long.MAX_VALUE),
                Arbitraries.integers().between(1, KnownAddress.MOST),
                Arbitraries.integers().between(0, KnownAddress.MOST)).as(KnownAddress::new).list().ofMaxSize(40);
    }

    private static String host(byte[] address) {
        try {
            return HostAndPort.of(InetAddress.getByAddress(address), 1).host();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
