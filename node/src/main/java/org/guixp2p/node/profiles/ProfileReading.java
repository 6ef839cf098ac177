// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.profiles;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.guixp2p.protocol.profile.ProfileManifest;
import org.jspecify.annotations.Nullable;

/**
 * Reads profiles on a thread of its own, and lets nobody wait for long: a profile may lead to a file system that does not answer, and
 * who waits for that can be woken up by nothing. There is one such thread at most: as long as it hangs, no other is begun. Safe for
 * several threads.
 */
public final class ProfileReading {
    private static final String USERS = "users";

    private final Profiles profiles;
    private final Duration patience;
    private @Nullable Pass last;

    /**
     * What is installed.
     *
     * @param packages by {@link InstalledPackage#key}, each once
     * @param unread names of profiles that were not read this time ({@code users}: not even who there is is known), of which
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
    }

    /** Reads all of them, unless that is under way; completes when it is done, or has taken too long. */
    public CompletionStage<Installed> installed() {
        return pass().inTime();
    }

    private synchronized Pass pass() {
        Pass before = last;
        if (before != null && !before.over.isDone()) {
            return before;
        }
        Pass next = new Pass(before == null ? List.of() : before.soFar().packages());
        Thread.ofPlatform().daemon().name("profiles").start(next);
        // Only what has begun will ever end.
        last = next;
        return next;
    }

    /** All of them, one after the other. */
    private final class Pass implements Runnable {
        private final List<InstalledPackage> before;
        private final long begunNanos = System.nanoTime();
        private final CompletableFuture<Installed> over = new CompletableFuture<>();
        private final Map<String, InstalledPackage> found = new TreeMap<>();
        /** Those that were not read yet; the first of them is being read. */
        private final Set<String> left = new LinkedHashSet<>(List.of(USERS));

        /** @param before what was known */
        private Pass(List<InstalledPackage> before) {
            this.before = before;
        }

        @Override
        public void run() {
            try {
                Map<String, Path> places = profiles.places();
                begin(places.keySet());
                places.forEach((name, place) -> add(name, profiles.entries(name, place)));
                over.complete(soFar());
            } catch (RuntimeException | Error e) {
                over.completeExceptionally(e);
            }
        }

        private synchronized void begin(Collection<String> names) {
            left.clear();
            left.addAll(names);
        }

        private synchronized void add(String name, List<ProfileManifest.Entry> entries) {
            left.remove(name);
            for (ProfileManifest.Entry entry : entries) {
                if (found.size() < Profiles.MOST_PACKAGES) {
                    InstalledPackage installed = new InstalledPackage(name, entry);
                    found.put(installed.key(), installed);
                }
            }
        }

        private synchronized Installed soFar() {
            Map<String, InstalledPackage> all = new TreeMap<>(found);
            before.stream().filter(known -> left.contains(known.profile()) || left.contains(USERS))
                    .limit(Math.max(0, Profiles.MOST_PACKAGES - all.size()))
                    .forEach(known -> all.putIfAbsent(known.key(), known));
            return new Installed(new ArrayList<>(all.values()), new ArrayList<>(left));
        }

        private CompletableFuture<Installed> inTime() {
            long rest = patience.toNanos() - (System.nanoTime() - begunNanos);
            if (rest <= 0 && !over.isDone()) {
                return CompletableFuture.completedFuture(late());
            }
            return over.copy().orTimeout(Math.max(0, rest), TimeUnit.NANOSECONDS)
                    .exceptionallyCompose(failure -> failure instanceof TimeoutException
                            ? CompletableFuture.completedFuture(late())
                            : CompletableFuture.failedFuture(failure));
        }

        private Installed late() {
            Installed now = soFar();
            now.unread().stream().findFirst()
                    .ifPresent(name -> profiles.fault(name, "it is not read within " + patience.toMillis() + " ms"));
            return now;
        }
    }
}
