// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.guixp2p.api.CatalogItem;
import org.guixp2p.api.DiagnosticStatus;
import org.guixp2p.api.NodeInsight;
import org.guixp2p.api.NodeStatus;
import org.guixp2p.api.PackagePage;
import org.guixp2p.api.Page;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.config.Words;
import org.guixp2p.node.discovery.InventoryExchange;
import org.guixp2p.node.doctor.Doctor;
import org.guixp2p.node.doctor.Finding;
import org.guixp2p.node.doctor.Patient;
import org.guixp2p.node.events.NodeJournal;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.metrics.NodeMetrics;
import org.guixp2p.node.metrics.NodeState;
import org.guixp2p.node.profiles.ProfileReading;
import org.guixp2p.node.profiles.Profiles;
import org.guixp2p.node.setup.SystemRoot;
import org.guixp2p.node.stages.Recent;
import org.guixp2p.node.store.OfferedStore;
import org.guixp2p.persistence.guixdb.StoreDatabase;
import org.guixp2p.persistence.reputation.Reputation;

/** What takes some work to find out, which is done on threads of its own, and once a while. */
final class Insight implements NodeInsight {
    private static final Duration MOMENT = Duration.ofSeconds(1);
    private static final Duration DIAGNOSED = Duration.ofSeconds(30);
    /** For each answer over a network, and for all of a diagnosis: whoever asked does not wait for longer than a request may take. */
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final Duration WITHIN = Duration.ofSeconds(12);
    /** For all profiles: some ms where the disk answers. */
    private static final Duration PROFILES = Duration.ofSeconds(3);
    /** Threads that nobody waits for, made when they are needed. */
    private static final Executor ASIDE = task -> Thread.ofVirtual().name("insight").start(task);

    private final Recent<List<String>> notReady;
    private final Recent<String> metrics;
    private final Recent<List<DiagnosticStatus>> diagnostics;
    private final Packages packages;
    private final OfferedByPeers offered;

    /**
     * @param status asks the node how it is doing
     * @param examine looks at everything, as the doctor does; blocks
     */
    private Insight(Readiness readiness, NodeMetrics counted, Supplier<CompletionStage<NodeStatus>> status,
            Reputation reputation, Packages packages, OfferedByPeers offered, Supplier<List<Finding>> examine) {
        this.packages = packages;
        this.offered = offered;
        this.diagnostics = new Recent<>(
                () -> CompletableFuture.supplyAsync(() -> examine.get().stream().map(Insight::describe).toList(),
                        ASIDE),
                DIAGNOSED, System::nanoTime);
        this.notReady = new Recent<>(() -> readiness.missing(ASIDE), MOMENT, System::nanoTime);
        this.metrics = new Recent<>(
                () -> status.get().thenApply(Optional::of).exceptionally(late -> Optional.empty())
                        .thenApplyAsync(now -> counted.scrape(
                                now.map(said -> new NodeState(said, reputation.standings()))), ASIDE),
                MOMENT, System::nanoTime);
    }

    /**
     * That of a node.
     *
     * @param store what of the store is offered, if that is
     * @param one a thread that is for this alone
     */
    static Insight begin(NodeConfig config, LiveView view, Readiness readiness, NodeMetrics counted,
            Reputation reputation, Metadata metadata, Optional<OfferedStore> store, NodeJournal events,
            InventoryExchange inventories, Executor one) {
        StoreDatabase database = new StoreDatabase(config.files().database());
        SeedStates states = new SeedStates(view::described, store, database::find,
                (item, build) -> metadata.remembered(item, build, config.substitutes().urls()), System::nanoTime);
        return new Insight(readiness, counted, view::status, reputation,
                new Packages(new ProfileReading(new Profiles(config.files().storeRoot()), PROFILES), states, one),
                new OfferedByPeers(events::buildsKnown, view::described, inventories::named, config.files()::locate,
                        one),
                doctor(config));
    }

    /** The doctor of the machine on which this process runs, as its user. */
    private static Supplier<List<Finding>> doctor(NodeConfig config) {
        return () -> Doctor.examine(Patient.of(config, Surroundings.ofProcess(), new SystemRoot(Path.of("/")),
                ANSWER), WITHIN);
    }

    private static DiagnosticStatus describe(Finding finding) {
        return new DiagnosticStatus(finding.subject(), Words.of(finding.verdict()), finding.seen(), finding.advice());
    }

    @Override
    public CompletionStage<List<String>> notReady() {
        return notReady.get();
    }

    @Override
    public CompletionStage<String> metrics() {
        return metrics.get();
    }

    @Override
    public CompletionStage<PackagePage> packages(List<String> words, Page.Wanted wanted) {
        return packages.page(words, wanted);
    }

    @Override
    public CompletionStage<Page<CatalogItem>> catalog(Page.Wanted wanted) {
        return offered.page(wanted);
    }

    @Override
    public CompletionStage<List<DiagnosticStatus>> diagnostics() {
        return diagnostics.get();
    }
}
