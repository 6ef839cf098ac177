// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.profiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.LogLines;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A system's profiles, laid out as Guix does it: links to links to directories in the store. */
@Timeout(30)
class ProfilesTest {
    private static final String DIGITS = "0123456789abcdfghijklmnpqrsvwxyz";

    @TempDir
    private Path root;
    private int made;

    @BeforeEach
    void makeDirectories() throws IOException {
        Files.createDirectories(root.resolve("gnu/store"));
        Files.createDirectories(root.resolve("run"));
        Files.createDirectories(perUser());
    }

    private Path perUser() {
        return root.resolve("var/guix/profiles/per-user");
    }

    private static String path(String name) {
        return "/gnu/store/" + DIGITS + '-' + name;
    }

    private static String manifest(String... names) {
        return Stream.of(names).map(name -> "(\"" + name + "\" \"1.0\" \"out\" \"" + path(name) + "\")")
                .collect(Collectors.joining(" ", "(manifest (version 4) (packages (", ")))"));
    }

    /** A directory in the store with this as its manifest. */
    private Path item(String manifest) throws IOException {
        Path item = Files.createDirectory(root.resolve("gnu/store").resolve(made++ + "-profile"));
        Files.writeString(item.resolve("manifest"), manifest);
        return item;
    }

    private void user(String name, String link, Path target) throws IOException {
        Path directory = Files.createDirectories(perUser().resolve(name));
        Path generation = Files.createSymbolicLink(directory.resolve(link + "-7-link"), target);
        Files.createSymbolicLink(directory.resolve(link), generation.getFileName());
    }

    private static List<InstalledPackage> installed(Profiles profiles) {
        ProfileReading.Installed found = Eventually
                .get(new ProfileReading(profiles, Duration.ofSeconds(20)).installed());
        assertEquals(List.of(), found.unread());
        return found.packages();
    }

    private static List<String> names(ProfileReading.Installed found) {
        return found.packages().stream().map(one -> one.profile() + " " + one.entry().name()).toList();
    }

    private List<String> installed() {
        return installed(new Profiles(root)).stream().map(one -> one.profile() + " " + one.entry().name()).toList();
    }

    @Test
    void whatIsInstalledIsFoundByNameWhereverItIs() throws IOException {
        Path system = Files.createDirectory(root.resolve("gnu/store/system"));
        Files.createSymbolicLink(system.resolve("profile"), item(manifest("zile", "bash")));
        Files.createSymbolicLink(root.resolve("run/current-system"), system);
        user("alice", "guix-profile", item(manifest("emacs", "bash", "bash")));
        Path home = Files.createDirectory(root.resolve("gnu/store/home"));
        Files.createSymbolicLink(home.resolve("profile"), item(manifest("mpv")));
        user("bob", "guix-home", home);
        assertEquals(List.of("system bash", "user:alice bash", "user:alice emacs", "home:bob mpv", "system zile"),
                installed());
        InstalledPackage emacs = installed(new Profiles(root)).get(2);
        assertEquals(path("emacs"), emacs.entry().item().path());
        assertTrue(emacs.has(List.of()));
        assertTrue(emacs.has(List.of("emacs@1.0", "alice", "out")));
        assertFalse(emacs.has(List.of("emacs", "bob")));
    }

    @Test
    void whereThereIsNoGuixNothingIsInstalled() throws IOException {
        Files.delete(perUser());
        try (LogLines log = new LogLines()) {
            assertEquals(List.of(), installed());
            assertEquals(0, log.count("profile"));
        }
    }

    /** A user can have anything in the place of his profile: what only the node may read, or what never ends. */
    @Test
    void whatIsNotInTheStoreIsNotRead() throws Exception {
        Path secret = Files.createDirectory(root.resolve("secret"));
        Files.writeString(secret.resolve("manifest"), manifest("private"));
        user("mallory", "guix-profile", secret);
        Path devices = Files.createDirectory(root.resolve("devices"));
        Files.createSymbolicLink(devices.resolve("manifest"), Path.of("/dev/zero"));
        user("eve", "guix-profile", devices);
        Path pipe = Files.createDirectory(root.resolve("gnu/store/pipe"));
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.resolve("manifest").toString()).start().waitFor());
        user("trudy", "guix-profile", pipe);
        user("alice", "guix-profile", item(manifest("emacs")));
        assertEquals(List.of("user:alice emacs"), installed());
    }

    @Test
    void oneThatCannotBeReadTakesNothingFromTheOthersAndIsSaidOnce() throws IOException {
        user("alice", "guix-profile", item(manifest("emacs")));
        user("bob", "guix-profile", item("(manifest (version 99) (packages ()))"));
        user("no name", "guix-profile", item(manifest("lost")));
        Path large = item("");
        try (RandomAccessFile file = new RandomAccessFile(large.resolve("manifest").toFile(), "rw")) {
            file.setLength(1L << 32);
        }
        user("carol", "guix-profile", large);
        Files.createSymbolicLink(Files.createDirectory(perUser().resolve("dave")).resolve("guix-profile"),
                Path.of("collected"));
        try (LogLines log = new LogLines()) {
            Profiles profiles = new Profiles(root);
            for (int times = 0; times < 3; times++) {
                assertEquals(List.of("emacs"),
                        installed(profiles).stream().map(one -> one.entry().name()).toList());
            }
            assertEquals(2, log.count("packages of profile"));
            assertEquals(1, log.count("user:bob are not known: s-expression: at character 2"));
            assertEquals(1, log.count("user:carol are not known: s-expression: longer"));
        }
    }

    /** Links that lead to themselves, since root may read whatever can be read at all. */
    @Test
    void whatCannotBeReadAnyMoreIsNamedAndStaysAsItWasKnown() throws IOException {
        Path system = Files.createDirectory(root.resolve("gnu/store/system"));
        Files.createSymbolicLink(system.resolve("profile"), item(manifest("bash")));
        Files.createSymbolicLink(root.resolve("run/current-system"), system);
        user("alice", "guix-profile", item(manifest("emacs")));
        user("bob", "guix-profile", item(manifest("mpv")));
        List<String> all = List.of("system bash", "user:alice emacs", "user:bob mpv");
        Profiles profiles = new Profiles(root);
        ProfileReading reading = new ProfileReading(profiles, Duration.ofSeconds(20));
        assertEquals(all, names(Eventually.get(reading.installed())));

        Path bobs = perUser().resolve("bob/guix-profile");
        Files.delete(bobs);
        Files.createSymbolicLink(bobs, bobs.getFileName());
        try (LogLines log = new LogLines()) {
            for (int times = 0; times < 3; times++) {
                ProfileReading.Installed found = Eventually.get(reading.installed());
                assertEquals(List.of("user:bob"), found.unread());
                assertEquals(all, names(found));
            }
            assertEquals(1, log.count("packages of profile"));
            assertEquals(1, log.count("user:bob are not known: its manifest cannot be read"));
        }

        Path away = root.resolve("away");
        Files.move(perUser(), away);
        Files.createSymbolicLink(perUser(), perUser().getFileName());
        try (LogLines log = new LogLines()) {
            for (int times = 0; times < 3; times++) {
                ProfileReading.Installed found = Eventually.get(reading.installed());
                assertEquals(List.of("users", "user:alice", "home:alice", "user:bob", "home:bob"), found.unread());
                assertEquals(all, names(found));
            }
            assertEquals(1, log.count("users are not known: their profiles cannot be listed"));
        }
        ProfileReading.Installed first = Eventually
                .get(new ProfileReading(profiles, Duration.ofSeconds(20)).installed());
        assertEquals(List.of("users"), first.unread());
        assertEquals(List.of("system bash"), names(first), "the system's is where it always is");

        Files.delete(perUser());
        Files.move(away, perUser());
        Files.delete(bobs);
        ProfileReading.Installed last = Eventually.get(reading.installed());
        assertEquals(List.of(), last.unread());
        assertEquals(List.of("system bash", "user:alice emacs"), names(last), "who has none has nothing");
    }

    /** As on a file system whose other end is gone: who opens a pipe waits until somebody writes, and nothing else wakes him up. */
    @Test
    void oneThatDoesNotAnswerIsNamedAndHoldsUpOneThreadAndNoOtherProfile() throws Exception {
        Path pipe = root.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        user("alice", "guix-profile", item(manifest("emacs")));
        user("bob", "guix-profile", item(manifest("mpv")));
        Path carols = item(manifest("zile"));
        user("carol", "guix-profile", carols);
        AtomicBoolean hanging = new AtomicBoolean();
        Profiles profiles = new Profiles(root, manifest -> Files.readAllBytes(
                manifest.startsWith(perUser().resolve("bob/guix-profile")) && hanging.get() ? pipe : manifest));
        ProfileReading reading = new ProfileReading(profiles, Duration.ofSeconds(3));
        assertEquals(List.of("user:alice emacs", "user:bob mpv", "user:carol zile"),
                names(Eventually.get(reading.installed())));

        hanging.set(true);
        Set<Thread> before = threads();
        try (LogLines log = new LogLines()) {
            for (String added : List.of("bash", "coreutils", "guile", "less", "sed")) {
                Files.writeString(carols.resolve("manifest"), manifest(added));
                ProfileReading.Installed found = Eventually.get(reading.installed());
                assertEquals(List.of("user:bob"), found.unread());
                // Of what is not read there is what was known, and of the others what is there now.
                assertEquals(Set.of("user:alice emacs", "user:bob mpv", "user:carol " + added),
                        Set.copyOf(names(found)));
            }
            assertEquals(1, log.count("user:bob are not known: it is not read within 3000 ms"));
        }
        Eventually.holds(() -> {
            Set<Thread> blocked = threads();
            blocked.removeAll(before);
            return blocked.size() == 1;
        }, () -> "one thread is left, not " + threads());

        hanging.set(false);
        Files.writeString(pipe, manifest("mpv", "ffmpeg"));
        Eventually.holds(() -> Eventually.get(reading.installed()).unread().isEmpty(), () -> "all are read again");
        assertEquals(List.of("user:alice emacs", "user:bob mpv", "user:carol sed"),
                names(Eventually.get(reading.installed())));
    }

    /** Nothing piles up, for however long and however many. */
    @Test
    void whateverHangsIsBegunOnceAndOnBoundedThreads() throws Exception {
        int users = ProfileReading.AT_ONCE + 4;
        for (int i = 0; i < users; i++) {
            user("u" + i, "guix-profile", item(manifest("emacs")));
        }
        CountDownLatch mended = new CountDownLatch(1);
        AtomicInteger begun = new AtomicInteger();
        Profiles profiles = new Profiles(root, manifest -> {
            if (mended.getCount() > 0 && !manifest.startsWith(root.resolve("run"))) {
                begun.incrementAndGet();
                try {
                    mended.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            return Files.readAllBytes(manifest);
        });
        ProfileReading reading = new ProfileReading(profiles, Duration.ofMillis(300));
        for (int times = 0; times < 5; times++) {
            List<String> unread = Eventually.get(reading.installed()).unread();
            assertTrue(unread.size() >= users, unread::toString);
            assertEquals(Set.copyOf(unread).size(), unread.size());
            assertTrue(begun.get() <= ProfileReading.AT_ONCE, begun::toString);
        }
        mended.countDown();
        Eventually.holds(() -> Eventually.get(reading.installed()).unread().isEmpty(), () -> "all are read");
        assertEquals(users, Eventually.get(reading.installed()).packages().size());
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().equals("profiles"))
                .collect(Collectors.toCollection(HashSet::new));
    }
}
