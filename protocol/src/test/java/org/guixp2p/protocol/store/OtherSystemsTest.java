// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.guixp2p.protocol.testing.ChildJvm;
import org.guixp2p.protocol.testing.TreeNode;
import org.guixp2p.protocol.testing.TreeNode.Directory;
import org.guixp2p.protocol.testing.TreeNode.RegularFile;
import org.guixp2p.protocol.testing.TreeNode.Symlink;
import org.guixp2p.protocol.testing.Trees;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Restoring as another user, and on file systems that are full: in child processes, on real ones. */
class OtherSystemsTest {
    private static final String NOBODY = "65534";
    /** In a name space of mounts: puts a catalogue where the C library looks for it. */
    private static final String IN_ANOTHER_LANGUAGE = """
            if [ -n "${CATALOGUE:-}" ]; then
                mount -t tmpfs tmpfs /usr/share/locale && mkdir -p /usr/share/locale/pl/LC_MESSAGES \\
                    && cp "$CATALOGUE" /usr/share/locale/pl/LC_MESSAGES/libc.mo
            fi
            """;

    @TempDir
    Path directory;

    @AfterEach
    void makeDeletable() {
        Trees.makeDeletable(directory);
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private static boolean succeeds(String... command) throws Exception {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private Path nar(TreeNode tree) throws IOException {
        return Files.write(directory.resolve("nar"), tree.nar());
    }

    @Test
    void restoresAndDeletesAsAnUnprivilegedUser() throws Exception {
        assumeTrue(!isRoot() || succeeds("setpriv", "--version"), "setpriv (util-linux) is not there");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        ChildJvm child = new ChildJvm().classesCopiedTo(Files.createDirectory(directory.resolve("classes")));
        if (isRoot()) {
            child.under("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");
        }
        TreeNode tree = Directory.of(Map.of("a", Directory.of(Map.of("b", Directory.of(Map.of("c",
                new RegularFile(true, new byte[10_000]))))), "d", new Symlink("a//")));
        String nar = nar(tree).toString();
        Path item = directory.resolve("item");

        ChildJvm.Result restored = child.run(StoreMain.class, "restore-deduplicated", item.toString(), nar,
                directory.resolve("links").toString());
        assertEquals(TreeSerializer.identify(item).toString(), restored.output());
        assertEquals("r-xr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(item.resolve("a/b"))));
        if (isRoot()) {
            assertEquals(65534, Files.getAttribute(item.resolve("a/b/c"), "unix:uid"));
        }
        assertEquals(new ChildJvm.Result(0, "true"), child.run(StoreMain.class, "delete", item.toString()));
        assertTrue(Files.notExists(item));
    }

    /** As under a daemon that clears the environment, where the JDK would write other names. */
    @Test
    void refusesInALocaleThatCannotSayTheName() throws Exception {
        TreeNode tree = Directory.of(Map.of("a", new RegularFile("x"), "ü", new RegularFile("x")));
        Path item = directory.resolve("item");
        ChildJvm.Result result = new ChildJvm().environment("LC_ALL", "C").run(StoreMain.class, "restore",
                item.toString(), nar(tree).toString());
        assertEquals(1, result.exit(), result.output());
        assertTrue(result.output().contains("set LC_ALL=C.UTF-8"), result.output());
        assertTrue(Files.notExists(item));
    }

    @Test
    void refusesATargetThatThisJvmMayNotMake() throws Exception {
        Path item = directory.resolve("item");
        ChildJvm.Result result = new ChildJvm().withoutNativeAccess().run(StoreMain.class, "restore", item.toString(),
                nar(new Symlink("a//b/")).toString());
        assertEquals(1, result.exit(), result.output());
        assertTrue(result.output().contains("cannot make exactly 'a//b/'"), result.output());
        assertTrue(Files.notExists(item, LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void leavesNothingOnAFullDisk() throws Exception {
        // More than fits, in a directory that is complete and so read-only by then.
        TreeNode tree = Directory.of(Map.of("a", Directory.of(Map.of("b", new RegularFile("x".repeat(100_000)))), "c",
                new RegularFile("x".repeat(1_000_000))));
        ChildJvm.Result result = onTmpfs(new ChildJvm(), "size=512k", "restore", nar(tree).toString());
        assertTrue(result.output().contains("No space left on device"), result.output());
        assertTrue(result.output().endsWith("left:\n"), result.output());
    }

    /** Each link takes an inode of a tmpfs, so it runs out of them as a store's {@code .links} runs out of room. */
    @Test
    void restoresWhereThereIsNoRoomForLinks() throws Exception {
        RegularFile file = new RegularFile("x".repeat(10_000));
        TreeNode one = Directory.of(Map.of("a", file));
        // The root, the item, the file; and no .links.
        ChildJvm.Result none = onTmpfs(new ChildJvm(), "nr_inodes=3", "restore-deduplicated", nar(one).toString(),
                "links");
        assertTrue(none.output().endsWith("left: item/a has 1,\n"), none.output());
        assertEquals(0, none.exit());
        // Besides, .links; and no entry.
        ChildJvm.Result result = onTmpfs(new ChildJvm(), "nr_inodes=4", "restore-deduplicated", nar(one).toString(),
                "links");
        assertTrue(result.output().endsWith("left: item/a has 1,\n"), result.output());
        assertEquals(0, result.exit());
        TreeNode two = Directory.of(Map.of("a", file, "b", file));
        // Besides, an entry and the other file; and no temporary link by which to replace it.
        result = onTmpfs(new ChildJvm(), "nr_inodes=6", "restore-deduplicated", nar(two).toString(), "links");
        assertTrue(result.output().matches("(?s).*left: item/a has 2, item/b has 1, links/[0-9a-z]{52} has 2,\n"),
                result.output());
        assertEquals(0, result.exit());
    }

    /** The C library says what went wrong in the user's language, and nothing else says it. */
    @Test
    void restoresWhereThereIsNoRoomForLinksInAnyLanguage() throws Exception {
        Path catalogue = Files.write(directory.resolve("libc.mo"), catalogue(Map.of("No space left on device",
                "Nie ma miejsca")));
        TreeNode tree = Directory.of(Map.of("a", new RegularFile("x".repeat(10_000))));
        ChildJvm child = new ChildJvm().environment("LANGUAGE", "pl").environment("CATALOGUE", catalogue.toString());
        ChildJvm.Result result = onTmpfs(child, "nr_inodes=4", "restore-deduplicated", nar(tree).toString(), "links");
        assertTrue(result.output().endsWith("left: item/a has 1,\n"), result.output());
        assertEquals(0, result.exit());
    }

    /** A catalogue of translations as the C library reads them (the gettext manual, "The Format of GNU MO Files"). */
    private static byte[] catalogue(Map<String, String> translations) {
        SortedMap<String, String> sorted = new TreeMap<>(translations);
        sorted.put("", "Content-Type: text/plain; charset=UTF-8\n");
        int count = sorted.size();
        int texts = 28 + 16 * count;
        ByteBuffer file = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0x950412de).putInt(0).putInt(count).putInt(28).putInt(28 + 8 * count).putInt(0).putInt(texts);
        ByteArrayOutputStream pool = new ByteArrayOutputStream();
        for (Collection<String> column : List.of(sorted.keySet(), sorted.values())) {
            for (String text : column) {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                file.putInt(bytes.length).putInt(texts + pool.size());
                pool.writeBytes(bytes);
                pool.write(0);
            }
        }
        return Arrays.copyOf(file.put(pool.toByteArray()).array(), texts + pool.size());
    }

    /** Runs {@link StoreMain} in a small file system of its own, and lists what it left there. */
    private ChildJvm.Result onTmpfs(ChildJvm child, String options, String verb, String nar, String... more)
            throws Exception {
        String[] unshare = isRoot() ? new String[]{"unshare", "-m"} : new String[]{"unshare", "-Urm"};
        List<String> probe = new ArrayList<>(List.of(unshare));
        Path mount = Files.createDirectories(directory.resolve("mount"));
        probe.addAll(List.of("mount", "-t", "tmpfs", "tmpfs", mount.toString()));
        assumeTrue(succeeds(probe.toArray(String[]::new)), "unshare and mount (util-linux) may not be used");

        child.under(unshare).under("sh", "-c", IN_ANOTHER_LANGUAGE
                + "mount -t tmpfs -o \"$0\" tmpfs \"$1\" && cd \"$1\" || exit; shift; \"$@\"; status=$?; echo;"
                + " echo left: $(find . -mindepth 1 ! -type d -printf '%P has %n,\\n' | sort); exit $status",
                options, mount.toString());
        List<String> arguments = new ArrayList<>(List.of(verb, mount.resolve("item").toString(), nar));
        for (String name : more) {
            arguments.add(mount.resolve(name).toString());
        }
        return child.run(StoreMain.class, arguments.toArray(String[]::new));
    }
}
