// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.profiles;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.profile.ProfileManifest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The profiles of a system as Guix lays them out ({@code guix/profiles.scm}, {@code gnu/system.scm}, {@code gnu/home.scm}): its own,
 * and of each user the one of {@code guix install} and that of {@code guix home}. Those to which {@code ~/.guix-profile} and
 * {@code ~/.guix-home} lead are among these.
 *
 * <p>Users may have anything in the place of their profiles. What is not in the store is not read: only the daemon writes there.
 */
public final class Profiles {
    /** Users whose profiles are looked at. */
    static final int MOST_USERS = 256;
    /** Packages of all profiles together. */
    static final int MOST_PACKAGES = 10_000;
    /** Stands for the list of those who have profiles, where one of these may be named. */
    static final String USERS = "users";
    private static final Logger LOG = LoggerFactory.getLogger(Profiles.class);
    private static final int MOST_BYTES = 2 << 20;
    private static final Pattern USER = Pattern.compile("[A-Za-z0-9_][-A-Za-z0-9_.@]{0,63}");

    private final Path root;
    private final Manifests manifests;
    private final Object parsing = new Object();
    /** What was wrong with each the last time, so that it is said once. */
    private final Map<String, String> faults = new ConcurrentHashMap<>();

    /** Reads a manifest. */
    interface Manifests {
        /**
         * All of it; blocks, and where it lies on a file system that is gone it may do so for ever.
         *
         * @throws FormatException when it is none that is to be read
         */
        byte[] read(Path manifest) throws IOException;
    }

    /** @param root of the system, {@code /} unless a test says otherwise */
    public Profiles(Path root) {
        this.root = root;
        this.manifests = this::read;
    }

    /** Whose manifests are read otherwise. */
    Profiles(Path root, Manifests manifests) {
        this.root = root;
        this.manifests = manifests;
    }

    /** Where that of the system is, by its name. */
    Map<String, Path> ofSystem() {
        return Map.of("system", root.resolve("run/current-system/profile"));
    }

    /**
     * Where they may be, by their names: that of the system first, then those of the users. Blocks.
     *
     * @throws UncheckedIOException when it is not known who there is, which is said in the log
     */
    Map<String, Path> places() {
        Map<String, Path> profiles = new LinkedHashMap<>(ofSystem());
        try (DirectoryStream<Path> users = Files.newDirectoryStream(root.resolve("var/guix/profiles/per-user"))) {
            Map<String, Path> named = new TreeMap<>();
            for (Path user : users) {
                String name = user.getFileName().toString();
                if (USER.matcher(name).matches() && named.size() < MOST_USERS) {
                    named.put(name, user);
                }
            }
            named.forEach((name, user) -> {
                profiles.put("user:" + name, user.resolve("guix-profile"));
                profiles.put("home:" + name, user.resolve("guix-home/profile"));
            });
        } catch (NoSuchFileException e) {
            // there is no Guix, or no user of it
        } catch (IOException | DirectoryIteratorException e) {
            fault(USERS, "their profiles cannot be listed");
            throw new UncheckedIOException(e instanceof IOException why ? why : new IOException(e));
        }
        faults.remove(USERS);
        return profiles;
    }

    /**
     * What one of them has installed. Blocks. One that makes no sense, or lies elsewhere than in the store, has nothing, and that is said
     * in the log.
     *
     * @throws UncheckedIOException when it cannot be read, which is said in the log
     */
    List<ProfileManifest.Entry> entries(String name, Path profile) {
        try {
            byte[] manifest = manifests.read(profile.resolve("manifest"));
            // Many may be read at a time, of which some may hang; to parse one takes several times its size of the heap.
            synchronized (parsing) {
                List<ProfileManifest.Entry> entries = ProfileManifest.parse(manifest).entries();
                faults.remove(name);
                return entries;
            }
        } catch (NoSuchFileException e) {
            return List.of(); // not every user has one
        } catch (FormatException e) {
            fault(name, String.valueOf(e.getMessage()));
            return List.of();
        } catch (IOException e) {
            fault(name, "its manifest cannot be read");
            throw new UncheckedIOException(e);
        }
    }

    private byte[] read(Path manifest) throws IOException {
        Path real = manifest.toRealPath();
        if (!real.startsWith(root.toRealPath().resolve(StorePath.STORE.substring(1))) || !Files.isRegularFile(real)) {
            throw new FormatException("its manifest is no file in the store");
        }
        try (InputStream file = Files.newInputStream(real)) {
            // One byte more, and it is refused.
            return file.readNBytes(MOST_BYTES + 1);
        }
    }

    /** Says in the log what is wrong with a profile, until it can be read again no second time. */
    void fault(String profile, String why) {
        if (!why.equals(faults.put(profile, why))) {
            LOG.warn("packages of profile {} are not known: {}", profile, why);
        }
    }
}
