// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.guixp2p.node.http.HttpSettings;
import org.guixp2p.node.http.PipelinedClient;
import org.guixp2p.node.http.Strangers;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.narinfo.DiskNarinfoCache;
import org.guixp2p.persistence.narinfo.NarinfoCache;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.PublicGate;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.PublicKey;
import org.guixp2p.protocol.testing.Fixtures;

/** A node's metadata on a real disk and real sockets, with its clock in the test's hand. */
public final class MetadataSite implements AutoCloseable {
    public final Metadata metadata;
    final Path acl;
    public final Mirrors mirrors;
    private final ExecutorService blocking = Executors.newFixedThreadPool(2);
    private final List<Task> tasks = new ArrayList<>();
    private final Strangers strangers;
    private volatile Instant now = Instant.parse("2026-03-01T12:00:00Z");

    static final MemoryShares MEMORY = MemoryShares.of(192L << 20);

    private record Task(Instant due, Runnable work) {}

    /**
     * @param directory for the ACL and the cache; what an earlier site left there is found again
     * @param publicKeys what opens the gate
     */
    public MetadataSite(ActorTestKit kit, Path directory, HttpSettings settings, String... publicKeys) {
        this(kit, directory, settings, PeerNarinfos.NOBODY, publicKeys);
    }

    /** @param peers asked when no server can be */
    MetadataSite(ActorTestKit kit, Path directory, HttpSettings settings, PeerNarinfos peers, String... publicKeys) {
        this(kit, directory, settings, peers, true, publicKeys);
    }

    /** @param looksAhead whether references are looked up before anybody asks for them */
    MetadataSite(ActorTestKit kit, Path directory, HttpSettings settings, PeerNarinfos peers, boolean looksAhead,
            String... publicKeys) {
        this.strangers = settings.strangers();
        this.acl = directory.resolve("acl");
        if (!Files.exists(acl)) {
            authorise("publisher");
        }
        this.mirrors = Mirrors.open(directory, () -> now, new SplittableRandom(1), List.of());
        CompletableFuture<PipelinedClient> client = new CompletableFuture<>();
        kit.spawn(Behaviors.setup(context -> {
            client.complete(PipelinedClient.spawn(context, settings, NarinfoCache.MAX_NARINFO_BYTES, List.of()));
            return Behaviors.empty();
        }));
        this.metadata = new Metadata(Eventually.get(client),
                DiskNarinfoCache.open(directory.resolve("narinfo"), 1 << 26, () -> now, blocking), new AclFile(acl),
                new PublicGate(keys(publicKeys)), blocking, () -> now, this::after, MEMORY, peers, mirrors, looksAhead,
                strangers);
    }

    private static List<PublicKey> keys(String... names) {
        return Stream.of(names).map(name -> {
            try {
                return PublicKey.parse(Fixtures.bytes("keys/" + name + ".pub"));
            } catch (FormatException e) {
                throw new AssertionError(e);
            }
        }).toList();
    }

    /** Trusts these keys and no others from now on. */
    void authorise(String... names) {
        write(Acl.of(keys(names)).encoded());
    }

    void write(byte[] content) {
        try {
            // As Guix writes it: another file each time.
            Path temporary = Files.createTempFile(acl.toAbsolutePath().getParent(), "acl", "");
            Files.write(temporary, content);
            Files.move(temporary, acl, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void after(Duration delay, Runnable work) {
        tasks.add(new Task(now.plus(delay), work));
    }

    /** How many things are to be done later. */
    synchronized int waiting() {
        return tasks.size();
    }

    public void pass(Duration time) {
        now = now.plus(time);
        List<Task> due;
        synchronized (this) {
            due = tasks.stream().filter(task -> !task.due().isAfter(now)).toList();
            tasks.removeAll(due);
        }
        due.forEach(task -> task.work().run());
    }

    /** Asks until everything has come that is to come. */
    Optional<TrustedNarinfo> whole(StorePath path, TestServer... servers) {
        return Eventually.get(metadata.lookupWhole(path, split(servers)));
    }

    Optional<TrustedNarinfo> lookup(StorePath path, TestServer... servers) {
        return Eventually.get(metadata.lookup(path, split(servers)));
    }

    /** Those of {@code paths} that have a trusted narinfo, in their order; all are looked up at once. */
    CompletionStage<List<TrustedNarinfo>> lookupAll(List<StorePath> paths, AskedServers asked) {
        List<CompletableFuture<Optional<TrustedNarinfo>>> answers = paths.stream()
                .map(path -> metadata.lookup(path, asked).toCompletableFuture()).toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(done -> answers.stream().flatMap(answer -> answer.join().stream()).toList());
    }

    /** Whom nobody named comes after the others. */
    private AskedServers split(TestServer... servers) {
        Map<Boolean, List<URI>> named = Stream.of(servers).map(TestServer::uri)
                .collect(Collectors.partitioningBy(uri -> !strangers.isAt(uri)));
        return AskedServers.of(named.getOrDefault(true, List.of()), named.getOrDefault(false, List.of()));
    }

    /** All of them, as named ones. */
    static AskedServers asked(TestServer... servers) {
        return AskedServers.ofNamed(urls(servers));
    }

    static List<URI> urls(TestServer... servers) {
        return Stream.of(servers).map(TestServer::uri).toList();
    }

    @Override
    public void close() {
        // What is being written to the cache is finished before its directory goes.
        blocking.close();
    }
}
