// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.japi.function.Function;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.ConnectivityStatus;
import org.guixp2p.api.EventSource;
import org.guixp2p.api.LimitsStatus;
import org.guixp2p.api.MirrorStatus;
import org.guixp2p.api.NodeStatus;
import org.guixp2p.api.NodeView;
import org.guixp2p.api.Page;
import org.guixp2p.api.PeerStatus;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.api.ShareInfo;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Rates;
import org.guixp2p.node.config.Words;
import org.guixp2p.node.discovery.dht.DhtStatus;
import org.guixp2p.node.doctor.OwnAddresses;
import org.guixp2p.node.download.Download;
import org.guixp2p.node.download.Downloads;
import org.guixp2p.node.events.NodeJournal;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.seed.SeedList;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.swarm.Reachability;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;

/** What the REST API shows, asked of those who know each time. */
final class LiveView implements NodeView {
    private static final Duration ANSWER = Duration.ofSeconds(3);

    private final NodeConfig config;
    private final CurrentPolicy policy;
    private final PeerId self;
    private final Actors actors;
    private final Transfers transfers;
    private final RateLimits limits;
    private final Supplier<CompletionStage<List<DhtStatus>>> dht;
    private final Supplier<ConnectivityStatus> connectivity;
    private final Mirrors mirrors;
    private final NodeJournal journal;
    private final SeedPages pages;
    private final Supplier<Optional<HostAndPort>> mapped;
    private final long startNanos = System.nanoTime();

    /**
     * @param policy that which holds now
     * @param dht asks how the DHT of each family is doing
     * @param connectivity whether peers elsewhere get through
     * @param mirrors what servers are like
     * @param journal knows what has happened
     * @param pages looks what is offered
     * @param mapped where the router lets others in
     */
    LiveView(NodeConfig config, CurrentPolicy policy, PeerId self, Actors actors, Transfers transfers,
            RateLimits limits,
            Supplier<CompletionStage<List<DhtStatus>>> dht,
            Supplier<ConnectivityStatus> connectivity, Mirrors mirrors, NodeJournal journal, SeedPages pages,
            Supplier<Optional<HostAndPort>> mapped) {
        this.mirrors = mirrors;
        this.journal = journal;
        this.pages = pages;
        this.mapped = mapped;
        this.connectivity = connectivity;
        this.dht = dht;
        this.config = config;
        this.policy = policy;
        this.self = self;
        this.actors = actors;
        this.transfers = transfers;
        this.limits = limits;
    }

    private <C, R> CompletionStage<R> ask(ActorRef<C> actor, Function<ActorRef<R>, C> question) {
        ActorSystem<?> system = actors.system();
        return AskPattern.ask(actor, question, ANSWER, system.scheduler());
    }

    @Override
    public CompletionStage<NodeStatus> status() {
        CompletionStage<Swarm.Counted> swarm = ask(actors.swarm(), Swarm.Count::new);
        CompletionStage<Integer> seeds = this.<Seeds.Command, Seeds.Counted>ask(actors.seeds(), Seeds.Count::new)
                .thenCompose(pages::count);
        CompletionStage<Downloads.Running> running = ask(actors.downloads(), Downloads.WhatRuns::new);
        CompletionStage<List<DhtStatus>> families = dht.get().exceptionally(busy -> List.of());
        return swarm.thenCompose(table -> seeds.thenCompose(offered -> running.thenCombine(families,
                (active, known) -> new NodeStatus(self.toString(),
                        Version.NUMBER, Duration.ofNanos(System.nanoTime() - startNanos).toSeconds(),
                        Words.of(policy.get()), Words.of(config.seeding().share()),
                        table.listening().stream().map(HostAndPort::toString).toList(), table.peers(),
                        table.light(), offered, active.count(),
                        journal.daemonCommands(), journal.buildsSeen(), connectivity.get(),
                        known.stream().mapToInt(DhtStatus::nodes).sum(),
                        known.stream().mapToInt(DhtStatus::announced).max().orElse(0), journal.receivedBytes(),
                        journal.givenBytes()))));
    }

    /** Whether peers elsewhere get through, as the API says it. */
    static ConnectivityStatus connectivity(Reachability reachability) {
        return new ConnectivityStatus(word(reachability.of(AddressFamily.IPV4)),
                word(reachability.of(AddressFamily.IPV6)));
    }

    private static String word(Reachability.Verdict verdict) {
        return verdict.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public CompletionStage<List<PeerStatus>> peers() {
        return this.<Swarm.Command, Swarm.Described>ask(actors.swarm(), Swarm.Describe::new)
                .thenApply(Swarm.Described::peers);
    }

    @Override
    public CompletionStage<List<TransferStatus>> transfers() {
        return this.<Downloads.Command, Downloads.Running>ask(actors.downloads(), Downloads.WhatRuns::new)
                .thenCompose(running -> all(Stream.concat(
                        Stream.of(CompletableFuture.completedFuture(running.small())),
                        running.downloads().stream().map(this::describe)).toList()))
                .thenApply(transfers::after);
    }

    /** A download that ends at this moment does not answer; it is among the ended ones a moment later. */
    private CompletableFuture<List<TransferStatus>> describe(ActorRef<Download.Command> download) {
        return this.<Download.Command, TransferStatus>ask(download, Download.Describe::new).thenApply(List::of)
                .exceptionally(gone -> List.of()).toCompletableFuture();
    }

    private static CompletableFuture<List<TransferStatus>> all(List<CompletableFuture<List<TransferStatus>>> parts) {
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)).thenApply(
                done -> parts.stream().map(CompletableFuture::join).flatMap(List::stream).toList());
    }

    @Override
    public CompletionStage<Page<SeedStatus>> seeds(Page.Wanted wanted) {
        return pages.page(new AskedSeeds(), wanted);
    }

    private final class AskedSeeds implements SeedPages.Known {
        @Override
        public CompletionStage<Page<SeedStatus>> named(Page.Wanted wanted) {
            return LiveView.this.<Seeds.Command, SeedList.NamedPage>ask(actors.seeds(),
                    me -> new SeedList.Named(wanted, me)).thenApply(SeedList.NamedPage::page);
        }

        @Override
        public CompletionStage<List<SeedStatus>> ofStore(List<ValidItem> items) {
            return LiveView.this.<Seeds.Command, Seeds.Described>ask(actors.seeds(),
                    me -> new SeedList.OfStore(items, me)).thenApply(Seeds.Described::seeds);
        }
    }

    /** What was named or kept, and what of the store is open, by store path. */
    CompletionStage<List<SeedStatus>> described() {
        return this.<Seeds.Command, Seeds.Described>ask(actors.seeds(), Seeds.Describe::new)
                .thenApply(Seeds.Described::seeds);
    }

    @Override
    public CompletionStage<List<BuildStatus>> builds() {
        return CompletableFuture.completedFuture(BuildStatus
                .latestFirst(Stream.concat(journal.builds().stream(), journal.notClaimed().stream())));
    }

    @Override
    public CompletionStage<ShareInfo> shareInfo() {
        CompletionStage<Swarm.Counted> swarm = ask(actors.swarm(), Swarm.Count::new);
        CompletionStage<List<DhtStatus>> families = dht.get().exceptionally(busy -> List.of());
        return swarm.thenCombine(families, (table, known) -> new ShareInfo(self.toString(),
                Words.of(config.seeding().share()),
                OwnAddresses.shareable(config, table.listening(), mapped.get()).stream()
                        .map(address -> new PeerAddress(self, address).toString()).toList(),
                known.stream().mapToInt(DhtStatus::recordKeptBy).sum()));
    }

    @Override
    public Map<String, @Nullable Object> config() {
        Map<String, @Nullable Object> settings = ConfigView.of(config);
        settings.replace("substitute_policy", Words.of(policy.get()));
        settings.putAll(ConfigView.rates(limits.rates()));
        return settings;
    }

    @Override
    public EventSource events() {
        return journal.events();
    }

    @Override
    public CompletionStage<LimitsStatus> limits() {
        return CompletableFuture.completedFuture(status(limits.rates()));
    }

    static LimitsStatus status(Rates rates) {
        return new LimitsStatus(rates.upload().bytesPerSecond(), rates.download().bytesPerSecond(),
                rates.uploadPerPeer().bytesPerSecond(), rates.downloadPerPeer().bytesPerSecond());
    }

    @Override
    public CompletionStage<List<MirrorStatus>> mirrors() {
        return CompletableFuture.completedFuture(MirrorTable.of(mirrors));
    }
}
