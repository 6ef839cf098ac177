// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.madeup;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.guixp2p.api.CatalogItem;
import org.guixp2p.api.DiagnosticStatus;
import org.guixp2p.api.NodeInsight;
import org.guixp2p.api.PackagePage;
import org.guixp2p.api.PackageStatus;
import org.guixp2p.api.Page;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.api.TransferStatus;

/** What would take some work to find out of a node if there were one. */
public final class MadeUpInsight implements NodeInsight {
    private static final Page.Wanted ALL = new Page.Wanted(Optional.empty(), Integer.MAX_VALUE - 1);
    /** Before the name in a store path: the directory, the hash and a hyphen. */
    private static final int NAME = "/gnu/store/".length() + 33;

    private final MadeUpNode node;

    /** @param node what is seeded and what came */
    public MadeUpInsight(MadeUpNode node) {
        this.node = node;
    }

    @Override
    public CompletionStage<List<String>> notReady() {
        return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public CompletionStage<String> metrics() {
        return node.status().thenApply(status -> "# TYPE guix_p2p_made_up_peers gauge\nguix_p2p_made_up_peers "
                + status.connectedPeers() + "\n");
    }

    /** What it seeds, as if the system had it, and what came last, as if it were to be seeded. */
    @Override
    public CompletionStage<PackagePage> packages(List<String> words, Page.Wanted wanted) {
        return node.seeds(ALL).thenCombine(node.transfers(), (seeds, transfers) -> {
            List<PackageStatus> all = new ArrayList<>(seeds.items().stream().map(SeedStatus::storePath)
                    .map(path -> described(path, "system", "seeded")).toList());
            transfers.stream().map(TransferStatus::storePath)
                    .filter(path -> all.stream().noneMatch(one -> one.storePath().equals(path)))
                    .map(path -> described(path, "user:alice", "could-be")).forEach(all::add);
            return new PackagePage(Page.of(all.stream().filter(one -> words.stream().allMatch(
                    word -> one.storePath().toLowerCase(Locale.ROOT).contains(word.toLowerCase(Locale.ROOT)))).toList(),
                    PackageStatus::storePath, Comparator.naturalOrder(), wanted), List.of());
        });
    }

    private static PackageStatus described(String path, String profile, String seed) {
        String name = path.substring(NAME);
        int version = name.lastIndexOf('-');
        return new PackageStatus(name.substring(0, version), name.substring(version + 1), "out", path, profile, seed);
    }

    @Override
    public CompletionStage<Page<CatalogItem>> catalog(Page.Wanted wanted) {
        return node.transfers().thenApply(transfers -> Page.of(
                transfers.stream().map(one -> new CatalogItem(one.storePath(), one.narHash(), one.narBytes(),
                        one.providers(), one.state().equals("done"))).toList(),
                CatalogItem::storePath, Comparator.naturalOrder(), wanted));
    }

    @Override
    public CompletionStage<List<DiagnosticStatus>> diagnostics() {
        return CompletableFuture.completedFuture(List.of(
                new DiagnosticStatus("identity", "ok", "the key can be read", ""),
                new DiagnosticStatus("guix integration", "ok", "guix-daemon runs with the extension", ""),
                new DiagnosticStatus("bootstrap peers", "warning", "none are named",
                        "name somebody in bootstrap_peers, so that the first peer need not be looked for"),
                new DiagnosticStatus("disk", "ok", "there is room for what is kept", "")));
    }
}
