// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.guixp2p.node.testing.LogLines;
import org.guixp2p.protocol.bridge.FrameDecoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What lies at the socket's path when a node starts, and who may connect. */
@Timeout(60)
class BridgeServerTest {
    @TempDir
    private Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final BlockingQueue<BridgeConnection> accepted = new LinkedBlockingQueue<>();

    @AfterEach
    void close() throws Exception {
        for (BridgeConnection connection : accepted) {
            connection.channel().close();
        }
        for (AutoCloseable resource : open) {
            resource.close();
        }
    }

    private BridgeServer start(Path path, Optional<String> group) throws IOException {
        BridgeServer server = BridgeServer.start(path, group, 10, accepted::add);
        open.add(server);
        return server;
    }

    private BridgeServer start(Path path) throws IOException {
        return start(path, Optional.empty());
    }

    private String refused(Path path) {
        return String.valueOf(assertThrows(IOException.class, () -> start(path)).getMessage());
    }

    private SocketChannel connect(Path path) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        open.add(channel);
        return channel;
    }

    private void assertServes(Path path) throws IOException, InterruptedException {
        connect(path);
        BridgeConnection connection = accepted.poll(20, TimeUnit.SECONDS);
        assertNotNull(connection, "nobody accepts at " + path);
        connection.channel().close();
        connection.closed().run();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void theSocketIsForItsOwnerAloneAndGoesWithTheServer() throws Exception {
        Path socket = directory.resolve("run/deep/socket");
        BridgeServer server = start(socket);
        assertServes(socket);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
        String made = PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent()));
        assertTrue(made.startsWith("rwx") && made.charAt(7) == '-', made);
        server.close();
        assertFalse(Files.exists(socket, LinkOption.NOFOLLOW_LINKS));
        server.close();
    }

    @Test
    void aGroupMayConnectToo() throws Exception {
        Path socket = directory.resolve("socket");
        String group = Files.readAttributes(directory, PosixFileAttributes.class).group().getName();
        start(socket, Optional.of(group));
        assertServes(socket);
        PosixFileAttributes attributes = Files.readAttributes(socket, PosixFileAttributes.class);
        assertEquals("rw-rw----", PosixFilePermissions.toString(attributes.permissions()));
        assertEquals(group, attributes.group().getName());
    }

    @Test
    void aGroupThatIsNotThereIsNamed() throws IOException {
        IOException failure = assertThrows(IOException.class,
                () -> start(directory.resolve("socket"), Optional.of("no-such-group-here")));
        assertEquals("socket_group: there is no group no-such-group-here", failure.getMessage());
        assertEquals(List.of(), files());
    }

    @Test
    void theSocketOfALiveNodeIsLeftAlone() throws Exception {
        Path socket = directory.resolve("socket");
        start(socket);
        assertEquals("socket_path: " + socket + ": another node serves it", refused(socket));
        assertServes(socket);
        assertEquals(List.of("socket"), files());
    }

    /** It serves the socket, though it does not get round to accepting: its queue is full, and a connect would wait. */
    @Test
    void theSocketOfANodeThatHangsIsLeftAlone() throws Exception {
        Path socket = directory.resolve("socket");
        ServerSocketChannel hangs = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        open.add(hangs);
        hangs.bind(UnixDomainSocketAddress.of(socket), 1);
        assertThrows(IOException.class, () -> {
            while (true) {
                SocketChannel waits = SocketChannel.open(StandardProtocolFamily.UNIX);
                open.add(waits);
                waits.configureBlocking(false);
                waits.connect(UnixDomainSocketAddress.of(socket));
            }
        }, "the queue is full");
        String refusal = refused(socket);
        assertTrue(refusal.startsWith("socket_path: " + socket + ": another node seems to serve it: "), refusal);
        assertTrue(Files.exists(socket));
    }

    @Test
    void theSocketOfADeadNodeIsReplaced() throws Exception {
        Path socket = directory.resolve("socket");
        ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        dead.bind(UnixDomainSocketAddress.of(socket));
        dead.close();
        assertTrue(Files.exists(socket));
        try (LogLines log = new LogLines()) {
            start(socket);
            log.await("replacing the socket " + socket + ", which nobody serves");
        }
        assertServes(socket);
        assertEquals(List.of("socket"), files());
    }

    /** One of them serves the socket in the end, and not the one that gave up. */
    @Test
    void twoThatStartAtTheSameMomentDoNotMeet() throws Exception {
        Path socket = directory.resolve("socket");
        try (ServerSocketChannel serves = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                ServerSocketChannel givesUp = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            new SocketFile(socket).bind(hidden -> {
                serves.bind(UnixDomainSocketAddress.of(hidden));
                assertThrows(IOException.class, () -> new SocketFile(socket).bind(other -> {
                    givesUp.bind(UnixDomainSocketAddress.of(other));
                    throw new IOException("it gives up");
                }, Optional.empty()));
            }, Optional.empty());
            connect(socket);
            serves.configureBlocking(false);
            SocketChannel connected = serves.accept();
            assertNotNull(connected, "somebody else serves it");
            connected.close();
        }
    }

    private Path socket(String name, Duration age) throws IOException {
        Path file = directory.resolve(name);
        ServerSocketChannel served = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        served.bind(UnixDomainSocketAddress.of(file));
        open.add(served);
        FileTime time = FileTime.from(Instant.now().minus(age));
        Files.getFileAttributeView(file, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS).setTimes(time, time,
                null);
        return file;
    }

    private void deadSocket(String name, Duration age) throws Exception {
        socket(name, age);
        open.removeLast().close();
    }

    @Test
    void whatACrashLeftWhileASocketWasBoundIsClearedUp() throws Exception {
        Duration old = Duration.ofMinutes(2);
        deadSocket("~0123456789abcdef", old);
        deadSocket("~01", old);
        // Of a node that starts just now, of one that lives, and of somebody else.
        deadSocket("~1123456789abcdef", Duration.ZERO);
        socket("~2123456789abcdef", old);
        deadSocket("mine", old);
        deadSocket("~mine", old);
        Files.setLastModifiedTime(Files.writeString(directory.resolve("~3123456789abcdef"), "no socket"),
                FileTime.from(Instant.now().minus(old)));
        start(directory.resolve("socket"));
        assertEquals(List.of("mine", "socket", "~1123456789abcdef", "~2123456789abcdef", "~3123456789abcdef",
                "~mine"), files());
    }

    @Test
    void whatIsNoSocketStaysWhereItIs() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "kept");
        Path folder = Files.createDirectory(directory.resolve("folder"));
        Path target = directory.resolve("target");
        start(target);
        Path link = Files.createSymbolicLink(directory.resolve("link"), target);
        Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), Path.of("nowhere"));
        for (Path path : List.of(file, folder, link, dangling)) {
            assertEquals("socket_path: " + path + ": it exists and is no socket", refused(path));
        }
        assertEquals(List.of("dangling", "file", "folder", "link", "target"), files());
        assertEquals("kept", Files.readString(file));
        assertServes(target);
    }

    @Test
    void aPipeStaysWhereItIs() throws Exception {
        Path pipe = directory.resolve("pipe");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "mkfifo may not be used");
        assertEquals("socket_path: " + pipe + ": it exists and is no socket", refused(pipe));
        assertEquals(List.of("pipe"), files());
    }

    @Test
    void aPathThatIsTooLongIsRefusedAndTheLongestIsNot() throws Exception {
        String start = directory + "/";
        Path longest = Path.of(start + "x".repeat(106 - start.length()));
        start(longest);
        assertServes(longest);
        Path tooLong = Path.of(longest + "x");
        assertEquals("socket_path: " + tooLong + ": a path of 107 bytes, and at most 106 can be used",
                refused(tooLong));
        Path letters = Path.of(start + "ü".repeat(60));
        assertTrue(refused(letters).contains("a path of " + (start.length() + 120) + " bytes"));
        assertEquals(1, files().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"s", "~", "~s", ".s", "ü", "😀"})
    void anyNameWillDo(String name) throws Exception {
        Path socket = directory.resolve(name);
        start(socket);
        assertServes(socket);
        assertEquals(List.of(name), files());
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        String refusal = refused(file.resolve("socket"));
        assertTrue(refusal.startsWith("socket_path: " + file + "/socket: its directory cannot be made: "), refusal);
    }

    @Test
    void aDirectoryForEverybodyIsWarnedOf() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        try (LogLines log = new LogLines()) {
            start(directory.resolve("socket"));
            log.await("socket_path: restorers will not connect, since everybody can write to " + directory);
        }
    }

    /** Somebody removed the socket and another node has taken its place. */
    @Test
    void theSocketOfAnotherIsNotRemovedAtTheEnd() throws Exception {
        Path socket = directory.resolve("socket");
        BridgeServer first = start(socket);
        Path aside = directory.resolve("aside");
        Files.move(socket, aside);
        start(socket);
        first.close();
        assertServes(socket);
    }

    @Test
    void moreConnectionsThanThereIsRoomForAreTurnedAway() throws Exception {
        Path socket = directory.resolve("socket");
        open.add(BridgeServer.start(socket, Optional.empty(), 2, accepted::add));
        connect(socket);
        connect(socket);
        try (SocketChannel third = connect(socket)) {
            FrameDecoder<FromNode> frames = FrameDecoder.ofNode();
            assertEquals(new FromNode.Refused("too many connections"), frames.read(third));
            assertEquals(-1, frames.fill(third));
        }
        BridgeConnection first = accepted.take();
        first.channel().close();
        first.closed().run();
        accepted.take();
        connect(socket);
        assertNotNull(accepted.poll(20, TimeUnit.SECONDS), "there is room again");
    }
}
