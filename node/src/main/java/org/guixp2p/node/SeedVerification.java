// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
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
            return Optional.of(new Withdrawal.DamagedKept(kept.nar(), why));
        }
    }

    /** As {@link Answering#answer}. */
    CompletableFuture<?> verify(Optional<SeedTarget> target, Consumer<Map<String, ?>> line) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        verifying.execute(() -> {
            try {
                Set<NarHash> said = new HashSet<>();
                boolean looked = false;
                for (Doubted one : doubted()) {
                    // Whoever has hung up does not want the rest.
                    if (!done.isDone() && (target.isEmpty() || means(target.get(), one))) {
                        one.hash().ifPresent(said::add);
                        looked = true;
                        line.accept(verify(one));
                    }
                }
                looked |= store.isPresent() && verifyStore(store.get(), target, new Rest(said, line, done::isDone));
                if (!looked && target.isPresent()) {
                    line.accept(Map.of("refused", SeedAnswers.NOT_OFFERED));
                }
                done.complete(null);
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(Stages.cause(e));
            }
        });
        return done;
    }

    /**
     * What is still to be read.
     *
     * @param said what was read already
     * @param over whether nobody wants it any more
     */
    private record Rest(Set<NarHash> said, Consumer<Map<String, ?>> line, BooleanSupplier over) {}

    /**
     * Some at a time: there may be hundreds of thousands.
     *
     * @return whether there was any
     */
    private static boolean verifyStore(OfferedStore store, Optional<SeedTarget> target, Rest rest) {
        Iterator<ValidItem> items = target.map(one -> find(store, one).toCompletableFuture().join().stream())
                .orElseGet(() -> store.all(rest.over())).iterator();
        boolean looked = false;
        while (!rest.over().getAsBoolean() && items.hasNext()) {
            ValidItem item = items.next();
            looked |= !rest.said().contains(item.hash()) && verifyStored(store, item, rest.line());
        }
        return looked;
    }

    private static CompletionStage<List<ValidItem>> find(OfferedStore store, SeedTarget target) {
        return switch (target) {
            case SeedTarget.Item item -> store.findDoubtful(item.path());
            case SeedTarget.Nar nar -> store.findDoubtful(nar.hash());
        };
    }

    /** @return whether it is there still */
    private static boolean verifyStored(OfferedStore store, ValidItem item, Consumer<Map<String, ?>> line) {
        try {
            line.accept(said(item.path(), "store", Optional.of(item.hash()), store.verify(item)));
        } catch (NoSuchElementException e) {
            // It was collected meanwhile.
            return false;
        } catch (IOException e) {
            line.accept(Map.of("refused", item.path() + " cannot be verified now: " + e.getMessage()));
        }
        return true;
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
        Optional<String> wrong;
        try {
            wrong = one.verify();
            wrong.ifPresent(why -> one.hash().flatMap(hash -> one.withdrawal(hash, why)).ifPresent(seeds::tell));
        } catch (IOException e) {
            wrong = Optional.of(IoWords.of(e, Path.of(one.path().path())));
        }
        return said(one.path(), one.source(), one.hash(), wrong);
    }

    private static Map<String, Object> said(StorePath path, String source, Optional<NarHash> hash,
            Optional<String> wrong) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("path", path.path());
        members.put("source", source);
        hash.ifPresent(nar -> members.put("nar", nar.toString()));
        members.put("ok", wrong.isEmpty());
        wrong.ifPresent(why -> members.put("wrong", why));
        return members;
    }
}
