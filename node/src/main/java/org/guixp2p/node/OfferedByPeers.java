// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.guixp2p.api.CatalogItem;
import org.guixp2p.api.Page;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.node.events.KnownBuild;
import org.guixp2p.node.stages.Recent;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;

/**
 * Which of the builds that this node knows by name peers have. Their inventories are sets of hashes cut short, which answer whether a
 * NAR is among them, and cannot be listed: what nobody here has heard of is not found in them.
 */
final class OfferedByPeers {
    private static final Duration COUNTS = Duration.ofSeconds(10);

    private final Recent<List<Known>> known;
    private final Function<StorePath, Path> store;
    private final Executor one;

    /** @param isKept whether a NAR of it is kept */
    private record Known(KnownBuild build, int providers, boolean isKept) {
        private String key() {
            return build.path().path() + ' ' + build.nar();
        }

        private CatalogItem describe(boolean held) {
            return new CatalogItem(build.path().path(), build.nar().toString(),
                    build.size().map(NarSize::bytes).orElse(-1L), providers, held);
        }
    }

    /**
     * @param heardOf what trusted narinfos have named
     * @param described asks what is named or kept here
     * @param named who says that he has a NAR; on any thread
     * @param store where an item would lie
     * @param one a thread of its own: whoever asks often asks one after the other
     */
    OfferedByPeers(Supplier<Collection<KnownBuild>> heardOf, Supplier<CompletionStage<List<SeedStatus>>> described,
            Function<NarHash, Collection<?>> named, Function<StorePath, Path> store, Executor one) {
        this.known = new Recent<>(() -> described.get()
                .thenApplyAsync(own -> look(heardOf.get(), own, named), one), COUNTS, System::nanoTime);
        this.store = store;
        this.one = one;
    }

    private static List<Known> look(Collection<KnownBuild> heardOf, List<SeedStatus> own,
            Function<NarHash, Collection<?>> named) {
        Map<String, KnownBuild> builds = new TreeMap<>();
        own.stream().flatMap(seed -> build(seed).stream())
                .forEach(build -> builds.put(build.path().path() + ' ' + build.nar(), build));
        heardOf.forEach(build -> builds.putIfAbsent(build.path().path() + ' ' + build.nar(), build));
        Set<String> kept = own.stream().filter(seed -> seed.source().equals("kept")).map(SeedStatus::storePath)
                .collect(Collectors.toUnmodifiableSet());
        return builds.values().stream()
                .map(build -> new Known(build, named.apply(build.nar()).size(), kept.contains(build.path().path())))
                .filter(one -> one.providers() > 0).toList();
    }

    private static Optional<KnownBuild> build(SeedStatus seed) {
        try {
            return seed.narHash().isEmpty()
                    ? Optional.empty()
                    : Optional.of(new KnownBuild(StorePath.parse(seed.storePath()), NarHash.parse(seed.narHash()),
                            Optional.of(new NarSize(seed.narBytes()))));
        } catch (FormatException e) {
            throw new IllegalStateException("what is offered has a path and a hash", e);
        }
    }

    CompletionStage<Page<CatalogItem>> page(Page.Wanted wanted) {
        return known.get().thenApplyAsync(all -> {
            Page<Known> page = Page.of(all, Known::key, String::compareTo, wanted);
            return new Page<>(page.items().stream().map(item -> item.describe(item.isKept()
                    || Files.exists(store.apply(item.build().path()), LinkOption.NOFOLLOW_LINKS))).toList(),
                    page.next());
        }, one);
    }
}
