// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.control.SeedTarget;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.node.seed.KeptShelf;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.seed.StoreItems;
import org.guixp2p.node.seed.Withdrawal;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.node.store.OfferedStore;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.persistence.nar.StoreSeed;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;

/**
 * Reads what is offered, when the user wants to know whether it is right.
 *
 * @param named the items that the user named
 * @param store if that is seeded
 * @param verifying where whole items are read, one after another
 */
record SeedVerification(StoreSeeds named, StoreItems items, Optional<OfferedStore> store, KeptShelf shelf,
        ActorRef<Seeds.Command> seeds, Executor verifying) {
    /** One that is to be read. */
    private interface Doubted {
        StorePath path();

        /** As it was hashed; nothing when it was not yet. */
        Optional<NarHash> hash();

        String source();

        /** What is wrong, in words for people. */
        Optional<String> verify() throws IOException;

        /** It, and nothing else with the same NAR, is to be offered no more; nothing when that is so already. */
        Optional<Withdrawal> withdrawal(NarHash hash, String why);
    }

    private record DoubtedItem(StorePath path, Optional<NarHash> hash, StoreItems items) implements Doubted {
        @Override
        public String source() {
            return "manual";
        }

        @Override
        public Optional<String> verify() throws IOException {
            return items.verify(path);
        }

        @Override
        public Optional<Withdrawal> withdrawal(NarHash earlier, String why) {
            return Optional.of(new Withdrawal.DamagedItem(path, earlier, why));
        }
    }

    private record DoubtedNar(Seeds.Unproven kept) implements Doubted {
        @Override
        public StorePath path() {
            return kept.path();
        }

        @Override
        public Optional<NarHash> hash() {
            return Optional.of(kept.nar().hash());
        }

        @Override
        public String source() {
            return "downloaded";
        }

        @Override
        public Optional<String> verify() throws IOException {
            return kept.nar().verify();
        }

        @Override
        public Optional<Withdrawal> withdrawal(NarHash hash, String why) {
            return Optional.of(new Withdrawal.DamagedKept(hash, why));
        }
    }

    private record DoubtedStoreItem(ValidItem item, OfferedStore store) implements Doubted {
        @Override
        public StorePath path() {
            return item.path();
        }

        @Override
        public Optional<NarHash> hash() {
            return Optional.of(item.hash());
        }

        @Override
        public String source() {
            return "store";
        }

        @Override
        public Optional<String> verify() {
            return store.verify(item);
        }

        @Override
        public Optional<Withdrawal> withdrawal(NarHash hash, String why) {
            return Optional.empty();
        }
    }

    /** As {@link Answering#answer}. */
    CompletableFuture<?> verify(Optional<SeedTarget> target, Consumer<Map<String, ?>> line) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        verifying.execute(() -> {
            try {
                Set<NarHash> said = new HashSet<>();
                AtomicBoolean looked = new AtomicBoolean();
                // Whoever has hung up does not want the rest.
                Stream.concat(doubted().stream().filter(one -> target.isEmpty() || means(target.get(), one)),
                        fromStore(target, done::isDone).filter(one -> one.hash().stream().noneMatch(said::contains)))
                        .takeWhile(one -> !done.isDone()).forEach(one -> {
                            one.hash().ifPresent(said::add);
                            looked.set(true);
                            line.accept(verify(one));
                        });
                if (!looked.get() && target.isPresent()) {
                    line.accept(Map.of("refused", "it is not among what this node offers"));
                }
                done.complete(null);
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(Stages.cause(e));
            }
        });
        return done;
    }

    private Stream<Doubted> fromStore(Optional<SeedTarget> target, BooleanSupplier over) {
        return store.stream().flatMap(there -> {
            Stream<ValidItem> meant = target.isEmpty() ? there.all(over) : switch (target.get()) {
                case SeedTarget.Item item -> there.find(item.path()).toCompletableFuture().join().stream();
                case SeedTarget.Nar nar -> there.find(nar.hash()).toCompletableFuture().join().stream();
            };
            return meant.map(item -> new DoubtedStoreItem(item, there));
        });
    }

    private List<Doubted> doubted() throws IOException {
        List<Doubted> all = new ArrayList<>();
        for (StorePath path : named.list()) {
            all.add(new DoubtedItem(path, named.find(path).map(StoreSeed::hash), items));
        }
        return Stream.concat(all.stream(), shelf.all().stream().map(DoubtedNar::new)).toList();
    }

    private static boolean means(SeedTarget target, Doubted one) {
        return switch (target) {
            case SeedTarget.Item item -> item.path().equals(one.path());
            case SeedTarget.Nar nar -> one.hash().equals(Optional.of(nar.hash()));
        };
    }

    private Map<String, Object> verify(Doubted one) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("path", one.path().path());
        members.put("source", one.source());
        one.hash().ifPresent(hash -> members.put("nar", hash.toString()));
        Optional<String> wrong;
        try {
            wrong = one.verify();
            wrong.ifPresent(why -> one.hash().flatMap(hash -> one.withdrawal(hash, why)).ifPresent(seeds::tell));
        } catch (IOException e) {
            wrong = Optional.of(IoWords.of(e, Path.of(one.path().path())));
        }
        members.put("ok", wrong.isEmpty());
        wrong.ifPresent(why -> members.put("wrong", why));
        return members;
    }
}
