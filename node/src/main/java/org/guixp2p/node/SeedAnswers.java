// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SeedStore;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.Words;
import org.guixp2p.node.control.Answering;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.SeedTarget;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.seed.Withdrawal;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.node.store.OfferedStore;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.persistence.ledger.Exclusions;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;

/**
 * What the user asks and wants of what is offered.
 *
 * @param named the items that the user named
 * @param store if that is seeded
 * @param keptBack what was taken back, wherever it would be offered from
 * @param disk where is looked for what does not take long
 * @param verification looks whether it is right
 */
record SeedAnswers(NodeConfig config, StoreSeeds named, Optional<OfferedStore> store, KeptBack keptBack,
        KeptForOthers kept, Metadata metadata, LiveView view, ActorRef<Seeds.Command> seeds, Directories directories,
        Executor disk,
        SeedVerification verification) {
    /** What is said of that of which nothing was found. */
    static final String NOT_OFFERED = "it is not among what this node offers";
    /** What a line has of what is not done: why, in words, and {@link #ABSENT} or {@code failed}. */
    static final String REFUSED = "refused";
    static final String BECAUSE = "because";
    static final String ABSENT = "absent";

    private static final String STORE = "store";
    private static final String REGISTERED = "registered";
    private static final String SIGNED = "signed";

    /** As {@link Answering#answer}. */
    CompletableFuture<?> answer(ControlQuestion.OfSeeds question, Consumer<Map<String, ?>> line) {
        return switch (question) {
            case ControlQuestion.AddSeed wanted -> add(wanted.path(), line);
            case ControlQuestion.RemoveSeed unwanted -> remove(unwanted.target(), line);
            case ControlQuestion.Seeds _ -> list(line);
            case ControlQuestion.VerifySeeds doubted -> verification.verify(doubted.target(), line);
        };
    }

    /** Why something is not done: it is not there, or this node cannot. */
    private enum Refusal {
        ABSENT, FAILED
    }

    private static void refuse(Consumer<Map<String, ?>> line, Refusal kind, String why) {
        line.accept(Map.of(REFUSED, why, BECAUSE, Words.of(kind)));
    }

    // Naming items.

    /** An item that was kept back may be offered from the store again, too: once it is named, and not when that failed. */
    private CompletableFuture<?> add(StorePath path, Consumer<Map<String, ?>> line) {
        return CompletableFuture.supplyAsync(() -> name(path, line), disk)
                .thenCompose(isNamed -> isNamed ? include(path) : CompletableFuture.completedFuture(null))
                .handle((_, failure) -> {
                    if (failure != null) {
                        refuse(line, Refusal.FAILED, "of what the store offers it is kept back still: "
                                + Stages.cause(failure).getMessage());
                    }
                    return path;
                });
    }

    private CompletionStage<?> include(StorePath path) {
        return store.<CompletionStage<?>>map(there -> there.include(path))
                .orElseGet(() -> change(taken -> taken.include(path, Optional.empty())));
    }

    /** Of what was taken back, where no store is offered. */
    private interface Change {
        void of(Exclusions taken) throws IOException;
    }

    private CompletionStage<List<StorePath>> change(Change how) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                if (keptBack.taken().isPresent()) {
                    how.of(keptBack.taken().get());
                }
                return List.of();
            } catch (IOException e) {
                throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
            }
        }, disk);
    }

    /** @return whether it is named now */
    private boolean name(StorePath path, Consumer<Map<String, ?>> line) {
        Path tree = config.files().locate(path);
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            refuse(line, Refusal.ABSENT, "no such path: " + tree);
            return false;
        }
        boolean before = named.has(path);
        try {
            named.add(path);
        } catch (IOException e) {
            refuse(line, Refusal.FAILED, "it cannot be remembered: " + IoWords.of(e, Path.of("seeds")));
            return false;
        }
        // Again, if it was: it may have been refused, and be there by now.
        seeds.tell(new Seeds.AddStoreItems(List.of(path), true));
        if (config.seeding().share() != Share.OFF && !config.seeding().store().keepsBack(path)) {
            var _ = metadata.learn(List.of(path), config.substitutes().urls());
        }
        line.accept(Map.of("path", path.path(), "added", !before));
        return true;
    }

    /** The store comes first: what is removed elsewhere is not to be offered from there in its place. */
    private CompletableFuture<?> remove(SeedTarget target, Consumer<Map<String, ?>> line) {
        return exclude(target).thenApply(Optional::of).exceptionally(failure -> {
            refuse(line, Refusal.FAILED,
                    "what the store offers of it is not kept back yet: " + Stages.cause(failure).getMessage());
            return Optional.empty();
        }).thenCombineAsync(view.described(), (excluded, all) -> {
            excluded.stream().flatMap(List::stream)
                    .forEach(path -> line.accept(Map.of("path", path.path(), "source", "store")));
            boolean something = switch (target) {
                case SeedTarget.Item item -> remove(Set.of(item.path()),
                        kept.shelf().all().stream().filter(nar -> nar.path().equals(item.path()))
                                .map(nar -> nar.nar().hash()).toList(),
                        line);
                case SeedTarget.Nar nar -> remove(named(nar.hash(), all), List.of(nar.hash()), line);
            };
            if (!something && excluded.filter(List::isEmpty).isPresent()) {
                refuse(line, Refusal.ABSENT, target instanceof SeedTarget.Nar && store.isPresent()
                        ? "nothing of it is offered; what the store has of it is kept back from now on"
                        : NOT_OFFERED);
            }
            return excluded;
        }, disk).toCompletableFuture();
    }

    private CompletionStage<List<StorePath>> exclude(SeedTarget target) {
        return store.map(there -> switch (target) {
            case SeedTarget.Item item -> there.exclude(item.path());
            case SeedTarget.Nar nar -> there.exclude(nar.hash());
        }).orElseGet(() -> change(taken -> {
            switch (target) {
                case SeedTarget.Item item -> taken.exclude(item.path());
                case SeedTarget.Nar nar -> taken.exclude(nar.hash());
            }
        }));
    }

    private static Set<StorePath> named(NarHash nar, List<SeedStatus> all) {
        return all.stream().filter(seed -> seed.source().equals(STORE) && seed.narHash().equals(nar.toString()))
                .map(SeedAnswers::path).collect(Collectors.toSet());
    }

    /** @return whether something was removed, or was to be */
    private boolean remove(Set<StorePath> paths, List<NarHash> nars, Consumer<Map<String, ?>> line) {
        boolean something = false;
        for (StorePath path : paths) {
            something |= unname(path, line);
        }
        for (NarHash hash : nars) {
            var there = kept.shelf().find(hash);
            if (there.isPresent()) {
                something = true;
                if (kept.shelf().remove(hash)) {
                    line.accept(Map.of("path", there.get().path().path(), "nar", hash.toString(), "source",
                            "downloaded"));
                } else {
                    refuse(line, Refusal.FAILED, hash + " cannot be removed; the node's log says why");
                }
            }
        }
        return something;
    }

    private boolean offersAll() {
        return config.seeding().store().which() == SeedStore.ALL;
    }

    private boolean unname(StorePath path, Consumer<Map<String, ?>> line) {
        try {
            if (!named.remove(path)) {
                return false;
            }
            CompletableFuture<Boolean> answer = new CompletableFuture<>();
            seeds.tell(new Withdrawal.Unname(path, answer));
            line.accept(Map.of("path", path.path(), "source", "manual", "in_seed_paths",
                    config.seeding().paths().contains(path)));
        } catch (IOException e) {
            refuse(line, Refusal.FAILED, "it cannot be forgotten: " + IoWords.of(e, Path.of("seeds")));
        }
        return true;
    }

    private static StorePath path(SeedStatus seed) {
        try {
            return StorePath.parse(seed.storePath());
        } catch (FormatException e) {
            throw new IllegalStateException("what is offered has a path", e);
        }
    }

    // Saying what there is.

    /** On a thread of its own: it may be long, and waits for whoever reads it. */
    private CompletableFuture<?> list(Consumer<Map<String, ?>> line) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual().name("seed-list").start(() -> {
            try {
                list(view.described().toCompletableFuture().join(), line, done);
                done.complete(null);
            } catch (RuntimeException e) {
                done.completeExceptionally(Stages.cause(e));
            }
        });
        return done;
    }

    private void list(List<SeedStatus> all, Consumer<Map<String, ?>> line, CompletableFuture<Void> done) {
        all.forEach(seed -> line.accept(describe(seed)));
        Set<String> said = all.stream().map(SeedStatus::narHash).collect(Collectors.toSet());
        kept.shelf().all().stream().filter(nar -> !said.contains(nar.nar().hash().toString()))
                .forEach(nar -> line.accept(describe(new SeedStatus(nar.path().path(), nar.nar().hash().toString(),
                        nar.nar().size().bytes(), "kept", "private", 0))));
        Set<String> ofUser = all.stream().filter(seed -> !seed.source().equals(REGISTERED)).map(SeedStatus::narHash)
                .collect(Collectors.toSet());
        // Another item may have the same NAR, and be offered as well.
        Set<String> opened = all.stream().map(SeedStatus::storePath).collect(Collectors.toSet());
        store.stream().flatMap(there -> there.all(done::isDone)).filter(
                item -> !ofUser.contains(item.hash().toString()) && !opened.contains(item.path().path()))
                .forEach(item -> line.accept(
                        describe(new SeedStatus(item.path().path(), item.hash().toString(), item.size().bytes(),
                                REGISTERED,
                                "offered", 0))));
    }

    private Map<String, Object> describe(SeedStatus seed) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("path", seed.storePath());
        members.put("source", source(seed.source()));
        members.put("state", seed.state());
        members.put("public", publicBy(seed));
        if (!seed.narHash().isEmpty()) {
            NarHash nar = hash(seed);
            members.put("nar", seed.narHash());
            members.put("size", seed.narBytes());
            members.put("demand", kept.demand().lately(nar) / Math.max(1, seed.narBytes()));
            members.put("served_bytes", kept.demand().served(nar));
            members.put("others_by_inventories", directories.inventories().named(nar).size());
            directories.seen().last(nar).ifPresent(lookup -> {
                members.put("others_by_last_lookup", lookup.providers());
                members.put("last_lookup_s_ago", lookup.ago().toSeconds());
            });
        }
        return members;
    }

    private static String source(String origin) {
        return switch (origin) {
            case STORE -> "manual";
            case "kept" -> "downloaded";
            case REGISTERED -> "store";
            default -> origin;
        };
    }

    /** Why strangers may have it, or not. */
    private String publicBy(SeedStatus seed) {
        if (seed.source().equals(STORE)) {
            return isSigned(seed) ? SIGNED : "named";
        }
        if (seed.source().equals(REGISTERED) && offersAll()) {
            return isSigned(seed) ? SIGNED : "all";
        }
        return switch (seed.state()) {
            case "offered" -> SIGNED;
            case "private" -> "no";
            default -> "unknown";
        };
    }

    private boolean isSigned(SeedStatus seed) {
        return !seed.narHash().isEmpty() && isSigned(path(seed), hash(seed));
    }

    private boolean isSigned(StorePath path, NarHash nar) {
        return metadata.publicProof(path, nar, config.substitutes().urls()).isPresent();
    }

    private static NarHash hash(SeedStatus seed) {
        try {
            return NarHash.parse(seed.narHash());
        } catch (FormatException e) {
            throw new IllegalStateException("a NAR that is offered has a hash", e);
        }
    }
}
