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
import java.nio.charset.StandardCharsets;
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
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
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

    /** But the locks, which stay. */
    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> !name.endsWith(".lock")).sorted()
                    .toList();
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

    /** The first has seen that the place is free, and the second would too. */
    @Test
    void ofTwoThatStartAtTheSameMomentOneServes() throws Exception {
        Path socket = directory.resolve("socket");
        try (ServerSocketChannel serves = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                SocketFile _ = SocketFile.bind(socket, Optional.empty(), name -> {
                    serves.bind(UnixDomainSocketAddress.of(name));
                    assertEquals("socket_path: " + socket + ": another node serves it", refused(socket));
                })) {
            connect(socket);
            serves.configureBlocking(false);
            SocketChannel connected = serves.accept();
            assertNotNull(connected, "somebody else serves it");
            connected.close();
        }
        assertEquals(List.of(), files());
        start(socket);
        assertServes(socket);
    }

    /** A node in a process of its own. */
    static final class Other {
        private Other() {}

        public static void main(String[] args) throws IOException {
            try (BridgeServer _ = BridgeServer.start(Path.of(args[0]), Optional.empty(), 10, connection -> {})) {
                System.out.println("up");
                var _ = System.in.read();
            }
        }
    }

    /** @param wrapper a command that ends in running the one after it */
    private Process other(Path socket, Predicate<String> said, String... wrapper) throws IOException {
        List<String> command = new ArrayList<>(List.of(wrapper));
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-Xmx64m",
                "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Other.class.getName(),
                socket.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        open.add(process::destroyForcibly);
        assertTrue(process.inputReader(StandardCharsets.UTF_8).lines().anyMatch(said));
        return process;
    }

    /** The lock says so even where the socket has gone, and where a refusal of this process came before. */
    @Test
    void thePlaceOfAnotherProcessIsLeftAloneUntilItDies() throws Exception {
        Path socket = directory.resolve("socket");
        Process other = other(socket, "up"::equals);
        String refusal = "socket_path: " + socket + ": another node serves it";
        assertEquals(refusal, refused(socket));
        connect(socket);
        Path aside = Files.move(socket, directory.resolve("aside"));
        assertEquals(refusal, refused(socket));
        assertEquals(List.of("aside"), files());
        Files.move(aside, socket);
        other.destroyForcibly();
        assertTrue(other.waitFor(30, TimeUnit.SECONDS));
        assertEquals(List.of("socket"), files());
        start(socket);
        assertServes(socket);
    }

    @Test
    void whoIsRefusedDoesNotFreeTheLockOfThisProcess() throws Exception {
        Path socket = directory.resolve("socket");
        start(socket);
        assertEquals("socket_path: " + socket + ": another node serves it", refused(socket));
        Path aside = Files.move(socket, directory.resolve("aside"));
        var _ = other(socket, line -> line.endsWith(": another node serves it"));
        Files.move(aside, socket);
        assertServes(socket);
    }

    @Test
    void aPlaceThatCannotBeLockedIsNamed() throws IOException {
        Path socket = directory.resolve("socket");
        Path lock = Files.createDirectory(directory.resolve("socket.lock"));
        String refusal = refused(socket);
        assertTrue(refusal.startsWith("socket_path: " + socket + ": it cannot be locked: " + lock + ": "), refusal);
        assertEquals(List.of(), files());
    }

    /** Whatever the umask, nobody else gets at a socket that has not its permissions yet. */
    @Test
    void aSocketIsBoundWhereNobodyElseCanReachIt() throws IOException {
        Path socket = directory.resolve("socket");
        try (ServerSocketChannel serves = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                SocketFile _ = SocketFile.bind(socket, Optional.empty(), name -> {
                    Path place = Objects.requireNonNull(name.getParent());
                    assertEquals(directory, place.getParent());
                    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(place)));
                    assertFalse(Files.exists(socket));
                    serves.bind(UnixDomainSocketAddress.of(name));
                    Files.setPosixFilePermissions(name, PosixFilePermissions.fromString("rwxrwxrwx"));
                })) {
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
            assertEquals(List.of("socket"), files());
        }
    }

    private static void age(Path file, Duration age) throws IOException {
        FileTime time = FileTime.from(Instant.now().minus(age));
        Files.getFileAttributeView(file, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS).setTimes(time, time,
                null);
    }

    /** A directory in which a socket was bound that is served no more, or still. */
    private void place(String name, Duration age, boolean served) throws Exception {
        Path place = Files.createDirectory(directory.resolve(name));
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(place.resolve("s")));
        age(place, age);
        if (served) {
            open.add(server);
        } else {
            server.close();
        }
    }

    @Test
    void whatACrashLeftWhileASocketWasBoundIsClearedUp() throws Exception {
        Duration old = Duration.ofMinutes(2);
        place("~0123456789abcdef", old, false);
        place("~01", old, false);
        age(Files.createDirectory(directory.resolve("~02")), old);
        // Of a node that starts just now, of one that lives, and of somebody else.
        place("~1123456789abcdef", Duration.ZERO, false);
        place("~2123456789abcdef", old, true);
        place("mine", old, false);
        place("~mine", old, false);
        Path others = Files.createDirectory(directory.resolve("~3"));
        Path file = Files.writeString(others.resolve("s"), "no socket");
        age(others, old);
        place("~4", old, false);
        Files.writeString(directory.resolve("~4/more"), "kept");
        age(directory.resolve("~4"), old);
        age(Files.writeString(directory.resolve("~5"), "no directory"), old);
        start(directory.resolve("socket"));
        assertEquals(List.of("mine", "socket", "~1123456789abcdef", "~2123456789abcdef", "~3", "~4", "~5", "~mine"),
                files());
        assertEquals("no socket", Files.readString(file));
        assertTrue(Files.exists(directory.resolve("~4/s"), LinkOption.NOFOLLOW_LINKS));
    }

    /** A service's directory may let the node make files and not see them: nothing is cleared up then, and that is all. */
    @Test
    void aDirectoryThatCannotBeListedWillDo() throws Exception {
        boolean isRoot = System.getProperty("user.name").equals("root");
        String[] obeys = isRoot
                ? new String[]{"setpriv", "--bounding-set=-dac_override,-dac_read_search"}
                : new String[0];
        assumeTrue(!isRoot || new ProcessBuilder("setpriv", "--version").start().waitFor() == 0, "no setpriv");
        place("~0123456789abcdef", Duration.ofMinutes(2), false);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("-wx------"));
        try {
            Process other = other(directory.resolve("socket"), "up"::equals, obeys);
            connect(directory.resolve("socket"));
            other.getOutputStream().close();
            assertTrue(other.waitFor(30, TimeUnit.SECONDS));
            assertEquals(0, other.exitValue());
        } finally {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
        assertEquals(List.of("~0123456789abcdef"), files());
    }

    /** The socket has its name already when something goes wrong: nobody is to connect to what nobody serves. */
    @Test
    void aSocketThatCannotBeServedAfterAllLosesItsName() throws Exception {
        Path socket = directory.resolve("socket");
        List<Path> left = new ArrayList<>();
        try (ServerSocketChannel serves = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            IOException failure = assertThrows(IOException.class,
                    () -> SocketFile.bind(socket, Optional.empty(), name -> {
                        serves.bind(UnixDomainSocketAddress.of(name));
                        // So that the directory cannot be removed.
                        left.add(Files.createFile(name.resolveSibling("file")));
                    }));
            assertTrue(String.valueOf(failure.getMessage()).startsWith("socket_path: " + socket + ": cannot listen: "),
                    failure::getMessage);
        }
        Path place = Objects.requireNonNull(left.getFirst().getParent());
        assertEquals(List.of(place.getFileName().toString()), files());
        start(socket);
        assertServes(socket);
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
        Path deepest = directory.resolve("d".repeat(101 - start.length()));
        start(deepest.resolve("sock"));
        assertServes(deepest.resolve("sock"));
        Path tooDeep = Path.of(deepest + "d/s");
        assertEquals("socket_path: " + tooDeep + ": a directory of 102 bytes, and at most 101 can be used",
                refused(tooDeep));
        assertFalse(Files.exists(tooDeep.getParent()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"s", "~", "~s", ".s", "ü", "😀", "~0", "~00"})
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

    /** Somebody removed the socket and its lock, and another node has taken its place. */
    @Test
    void theSocketOfAnotherIsNotRemovedAtTheEnd() throws Exception {
        Path socket = directory.resolve("socket");
        BridgeServer first = start(socket);
        Path aside = directory.resolve("aside");
        Files.move(socket, aside);
        Files.delete(BridgeServer.lockOf(socket));
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
