// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.profiles;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.protocol.profile.ProfileManifest;
import org.jspecify.annotations.Nullable;

/**
 * Reads profiles, each on its own, and lets nobody wait for long: a profile may lead to a file system that does not answer, and who
 * waits for that can be woken up by nothing. The others are read all the same, and one that hangs is not begun again until it goes on.
 * Safe for several threads.
 */
public final class ProfileReading {
    /** Threads that may hang; when all do, of the rest is known what was known before. */
    static final int AT_ONCE = 8;
    private static final String USERS = Profiles.USERS;

    private final Profiles profiles;
    private final Duration patience;
    private final Executor threads = threads();
    /** All that are there, as they were listed last; that of the system is where it always is. */
    private Map<String, Path> places;
    /** What was last read of each of these. */
    private final Map<String, List<ProfileManifest.Entry>> known = new HashMap<>();
    /** What was begun to be read and has not ended. */
    private final Set<String> pending = new HashSet<>();
    /** What could not be read the last time. */
    private final Set<String> failed = new HashSet<>();
    private @Nullable CompletableFuture<Installed> last;

    /**
     * What is installed.
     *
     * @param packages by {@link InstalledPackage#key}, each once
     * @param unread names of profiles that were not read this time ({@code users}: who there is is not known, or not anew), of which
     *        {@code packages} has what was known before, if anything
     */
    public record Installed(List<InstalledPackage> packages, List<String> unread) {
        public Installed {
            packages = List.copyOf(packages);
            unread = List.copyOf(unread);
        }
    }

    /** @param patience how long all of them together may take */
    public ProfileReading(Profiles profiles, Duration patience) {
        this.profiles = profiles;
        this.patience = patience;
        this.places = profiles.ofSystem();
    }

    /** Of the platform: a virtual one that hangs in the kernel might hold up all others of the node. They go when there is nothing to do. */
    private static Executor threads() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(AT_ONCE, AT_ONCE, 1, TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(), Thread.ofPlatform().daemon().name("profiles").factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * Reads all of them, unless that is under way; completes when it is done, or has taken too long. What hangs since an earlier time
     * is not waited for.
     */
    public synchronized CompletionStage<Installed> installed() {
        CompletableFuture<Installed> before = last;
        if (before != null && !before.isDone()) {
            return before.minimalCompletionStage();
        }
        CompletableFuture<Installed> next = read(USERS, profiles::places, this::listed).thenCompose(_ -> readAll())
                .completeOnTimeout(null, patience.toNanos(), TimeUnit.NANOSECONDS).thenApply(_ -> soFar());
        last = next;
        return next.minimalCompletionStage();
    }

    private synchronized CompletableFuture<Void> readAll() {
        return CompletableFuture.allOf(places.entrySet().stream()
                .map(one -> read(one.getKey(), () -> profiles.entries(one.getKey(), one.getValue()),
                        entries -> add(one.getKey(), entries)))
                .toArray(CompletableFuture<?>[]::new));
    }

    /** Completes when it is read, or at once when it was begun earlier. */
    private synchronized <T> CompletableFuture<Void> read(String name, Supplier<T> reading, Consumer<T> then) {
        if (!pending.add(name)) {
            return CompletableFuture.completedFuture(null);
        }
        return CompletableFuture.supplyAsync(reading, threads).whenComplete((found, failure) -> {
            synchronized (this) {
                pending.remove(name);
                if (failure == null) {
                    failed.remove(name);
                    then.accept(found);
                } else {
                    failed.add(name);
                    // Of these it has told itself.
                    if (!(Stages.cause(failure) instanceof IOException)) {
                        profiles.fault(name, "it cannot be read: " + failure);
                    }
                }
            }
        }).handle((found, failure) -> null);
    }

    private void listed(Map<String, Path> all) {
        places = all;
        known.keySet().retainAll(all.keySet());
        failed.retainAll(all.keySet());
    }

    private void add(String name, List<ProfileManifest.Entry> entries) {
        if (places.containsKey(name)) {
            known.put(name, entries);
            shorten();
        }
    }

    /** Those that are listed first have room before the others. */
    private void shorten() {
        int room = Profiles.MOST_PACKAGES;
        for (String name : places.keySet()) {
            List<ProfileManifest.Entry> entries = known.getOrDefault(name, List.of());
            if (entries.size() > room) {
                known.put(name, List.copyOf(entries.subList(0, room)));
            }
            room -= Math.min(room, entries.size());
        }
    }

    private synchronized Installed soFar() {
        List<String> unread = Stream.concat(Stream.of(USERS), places.keySet().stream())
                .filter(name -> pending.contains(name) || failed.contains(name)).toList();
        unread.stream().filter(pending::contains)
                .forEach(name -> profiles.fault(name, "it is not read within " + patience.toMillis() + " ms"));
        Map<String, InstalledPackage> all = new TreeMap<>();
        known.forEach((name, entries) -> entries.stream().map(entry -> new InstalledPackage(name, entry))
                .forEach(one -> all.put(one.key(), one)));
        return new Installed(List.copyOf(all.values()), unread);
    }
}
