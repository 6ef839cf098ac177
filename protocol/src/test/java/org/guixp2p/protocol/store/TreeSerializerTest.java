// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.nar.NarWriter;
import org.guixp2p.protocol.testing.ChildJvm;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.TreeNode;
import org.guixp2p.protocol.testing.TreeNode.Directory;
import org.guixp2p.protocol.testing.TreeNode.RegularFile;
import org.guixp2p.protocol.testing.Trees;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

class TreeSerializerTest {
    @TempDir
    Path directory;

    @AfterEach
    void makeDeletable() {
        Trees.makeDeletable(directory);
    }

    private static byte[] nar(Path tree) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertEquals(TreeSerializer.write(tree, out), out.size());
        return out.toByteArray();
    }

    /** The path under which a name of these bytes lies; the JDK takes bytes in a URI only. */
    private Path raw(String percentEncoded) {
        return Path.of(URI.create(directory.toUri() + percentEncoded));
    }

    private void assertRefused(String why) {
        UnsupportedTreeException refused = assertThrows(UnsupportedTreeException.class, () -> nar(directory));
        assertTrue(String.valueOf(refused.getMessage()).contains(why), refused.getMessage());
    }

    @Test
    void givesEveryItemTheHashAndSizeThatTheStoreRecorded() throws Exception {
        Map<String, TreeSerializer.Identity> recorded = recorded();
        List<Path> items = Fixtures.unpackStore(Files.createDirectory(directory.resolve("store")));
        assertEquals(11, items.size());
        for (Path item : items) {
            assertEquals(recorded.get("/gnu/store/" + item.getFileName()), TreeSerializer.identify(item),
                    item.toString());
        }
    }

    private Map<String, TreeSerializer.Identity> recorded() throws Exception {
        SQLiteDataSource database = new SQLiteDataSource();
        database.setUrl("jdbc:sqlite:" + Fixtures.copyDatabase(directory));
        Map<String, TreeSerializer.Identity> recorded = new HashMap<>();
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT path, hash, narSize FROM ValidPaths")) {
            while (rows.next()) {
                recorded.put(rows.getString(1), new TreeSerializer.Identity(NarHash.parse(rows.getString(2)),
                        new NarSize(rows.getLong(3))));
            }
        }
        return recorded;
    }

    @Test
    void asksWhetherTheOwnerMayExecute() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "#!");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-xr-x"));
        assertArrayEquals(new RegularFile(false, new byte[]{'#', '!'}).nar(), nar(file));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r-x------"));
        assertArrayEquals(new RegularFile(true, new byte[]{'#', '!'}).nar(), nar(file));
    }

    @Test
    void followsNoSymlink() throws Exception {
        Path target = Files.createDirectory(directory.resolve("target"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), target);
        assertArrayEquals(new TreeNode.Symlink(target.toString()).nar(), nar(link));
    }

    @Test
    void refusesASocketByName() throws Exception {
        Path socket = directory.resolve("socket");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            assertRefused("neither a file nor a directory nor a symlink: " + socket);
        }
    }

    @Test
    void refusesANameThatIsNotUtf8() throws Exception {
        Files.createFile(raw("bad%FFname"));
        assertRefused("not UTF-8");
        assertRefused("bad\uFFFDname");
    }

    @Test
    void takesAReplacementCharacterThatIsOne() throws Exception {
        Files.createFile(raw("good%EF%BF%BDname"));
        assertArrayEquals(Directory.of(Map.of("good\uFFFDname", new RegularFile(""))).nar(), nar(directory));
    }

    @Test
    void refusesATargetThatIsNotUtf8() throws Exception {
        Files.createSymbolicLink(directory.resolve("link"), raw("bad%FFname").getFileName());
        assertRefused("not UTF-8");
        assertRefused("link");
    }

    @Test
    void refusesDeepNesting() throws Exception {
        Path deep = directory;
        for (int depth = 0; depth < 255; depth++) {
            deep = deep.resolve("d");
        }
        Files.createDirectories(deep);
        assertEquals(nar(directory).length, NarIndex.of(directory).narSize().bytes());
        Files.createDirectory(deep.resolve("d"));
        assertRefused("nested more than 256 deep");
        assertThrows(UnsupportedTreeException.class, () -> NarIndex.of(directory));
    }

    @Test
    void noticesAFileThatChangesItsSizeMeanwhile() throws Exception {
        for (String later : List.of("short", "this is longer than it was")) {
            Path file = Files.writeString(directory.resolve("file"), "as long as that");
            NarWriter changing = new NarWriter(new OutputStream() {
                @Override
                public void write(int b) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void write(byte[] bytes, int offset, int length) {
                    // Nobody reads it.
                }
            });
            assertThrows(TreeChangedException.class,
                    () -> TreeSerializer.tell(file, new Meddler(changing, () -> Files.writeString(file, later))));
        }
    }

    @Test
    void saysWhatIsNotThere() {
        assertThrows(NoSuchFileException.class, () -> nar(directory.resolve("nowhere")));
    }

    /** In the C locale, under which a daemon starts its children, the JDK cannot name the file. */
    @Test
    void refusesInALocaleThatCannotSayTheName() throws Exception {
        Directory.of(Map.of("ü", new RegularFile("x"))).create(directory.resolve("tree"));
        ChildJvm.Result result = new ChildJvm().environment("LC_ALL", "C").run(StoreMain.class, "identify",
                directory.resolve("tree").toString());
        assertEquals(1, result.exit(), result.output());
        assertTrue(result.output().contains("set LC_ALL=C.UTF-8"), result.output());
    }
}
