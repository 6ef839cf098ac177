// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.EventRecord;
import org.guixp2p.api.NodeStatus;
import org.guixp2p.api.PeerStatus;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.control.Answering;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.node.discovery.dht.DhtStatus;
import org.guixp2p.node.metadata.AskedServers;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.metadata.TrustedNarinfo;
import org.guixp2p.node.portmap.PortMapping;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/** What the node says of itself when its user asks. */
final class NodeAnswers implements Answering {
    private static final Duration WITHIN = Duration.ofSeconds(15);
    private static final int WANTED = 20;
    private static final int MOST_INBOUND = 16;
    /** Of what is over so many for each way in which it went, and of events: as many as somebody looks at, who may ask each second. */
    private static final int MOST_BUILDS = 50;
    private static final int MOST_EVENTS = 200;
    /** What is under way first, and of these and of the others the latest. */
    private static final Comparator<TransferStatus> LATEST_UNDER_WAY = Comparator
            .comparing(NodeAnswers::isUnderWay).thenComparing(TransferStatus::id).reversed();

    private final NodeConfig config;
    private final LiveView view;
    private final ProviderDirectory directory;
    private final Supplier<CompletionStage<List<DhtStatus>>> dht;
    private final Supplier<Optional<PortMapping.State>> mapped;
    private final Metadata metadata;
    private final Reputation reputation;
    private final OfSeeds seeding;
    private final Optional<Supplier<String>> dashboard;

    /** Answers as {@link Answering}. */
    interface OfSeeds {
        CompletableFuture<?> answer(ControlQuestion.OfSeeds question, Consumer<Map<String, ?>> line);
    }

    /**
     * @param directory knows who has what
     * @param dht asks how the DHT of each family is doing
     * @param mapped says what the router maps
     * @param seeding answers what has to do with what is offered
     * @param dashboard makes links to the dashboard; empty when there is no API
     */
    NodeAnswers(NodeConfig config, LiveView view, ProviderDirectory directory,
            Supplier<CompletionStage<List<DhtStatus>>> dht, Supplier<Optional<PortMapping.State>> mapped,
            Metadata metadata, Reputation reputation, OfSeeds seeding, Optional<Supplier<String>> dashboard) {
        this.dashboard = dashboard;
        this.config = config;
        this.view = view;
        this.directory = directory;
        this.dht = dht;
        this.mapped = mapped;
        this.metadata = metadata;
        this.reputation = reputation;
        this.seeding = seeding;
    }

    @Override
    public CompletableFuture<?> answer(ControlQuestion question, Consumer<Map<String, ?>> line) {
        return switch (question) {
            case ControlQuestion.Status _ -> status(line).toCompletableFuture();
            case ControlQuestion.Peers _ -> view.peers()
                    .thenAccept(peers -> peers.forEach(peer -> line.accept(describe(peer)))).toCompletableFuture();
            case ControlQuestion.Transfers _ -> view.transfers()
                    .thenAccept(transfers -> transfers.stream().sorted(LATEST_UNDER_WAY)
                            .forEach(transfer -> line.accept(describe(transfer))))
                    .toCompletableFuture();
            case ControlQuestion.Mirrors _ -> view.mirrors()
                    .thenAccept(mirrors -> mirrors.forEach(mirror -> line.accept(MirrorTable.describe(mirror))))
                    .toCompletableFuture();
            case ControlQuestion.Builds _ -> view.builds()
                    .thenAccept(builds -> latestOfEach(builds).map(BuildAnswers::describe).forEach(line))
                    .toCompletableFuture();
            case ControlQuestion.Events asked -> {
                List<EventRecord> all = view.events().after(asked.since(), event -> true, Integer.MAX_VALUE).events();
                all.stream().skip(Math.max(0, all.size() - MOST_EVENTS)).map(EventRecord::members).forEach(line);
                yield CompletableFuture.completedFuture(null);
            }
            case ControlQuestion.Dashboard _ -> {
                line.accept(dashboard.map(links -> Map.of("link", links.get()))
                        .orElse(Map.of("refused", "the REST API is off (api_bind)")));
                yield CompletableFuture.completedFuture(null);
            }
            case ControlQuestion.Why asked -> why(asked.path().path(), line).toCompletableFuture();
            case ControlQuestion.ProvidersOfNar asked -> providers(asked.nar(), line);
            case ControlQuestion.OfSeeds asked -> seeding.answer(asked, line);
            case ControlQuestion.ProvidersOfPath asked -> providers(asked.path(), line);
        };
    }

    /** Of a closure there may be thousands that were not promised: they do not push out what was downloaded. */
    private static Stream<BuildStatus> latestOfEach(List<BuildStatus> builds) {
        Map<String, Integer> counted = new HashMap<>();
        return builds.stream().filter(build -> counted.merge(build.outcome(), 1, Integer::sum) <= MOST_BUILDS);
    }

    // How it is doing.

    private CompletionStage<?> status(Consumer<Map<String, ?>> line) {
        CompletionStage<List<PeerStatus>> peers = view.peers();
        CompletionStage<List<DhtStatus>> known = dht.get().exceptionally(busy -> List.of());
        return view.status().thenCompose(status -> peers.thenCombine(known, (connected, families) -> {
            line.accept(status(status, connected, families, mapped.get()));
            return true;
        }));
    }

    private static Map<String, Object> status(NodeStatus status, List<PeerStatus> peers, List<DhtStatus> dht,
            Optional<PortMapping.State> mapped) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("peer_id", status.peerId());
        members.put("version", String.valueOf(status.version()));
        members.put("uptime_s", status.uptimeSeconds());
        members.put("policy", status.policy());
        members.put("share", status.share());
        members.put("seeds", status.seeds());
        members.put("active_transfers", status.activeTransfers());
        members.put("builds_seen", status.buildsSeen());
        members.put("provider_records", status.providerRecords());
        members.put("dht_nodes", status.dhtNodes());
        members.put("received_bytes", status.receivedBytes());
        members.put("given_bytes", status.givenBytes());
        members.put("listening", status.listening());
        mapped.ifPresent(state -> {
            members.put("mapped_address", state.external().toString());
            members.put("mapped_by", state.protocol());
        });
        members.put("connected_peers", peers.size());
        // All of them may be more than a line holds.
        members.put("inbound_peers",
                peers.stream().filter(PeerStatus::inbound).map(PeerStatus::address).limit(MOST_INBOUND).toList());
        members.put("reachability",
                Map.of("ipv4", status.connectivity().ipv4(), "ipv6", status.connectivity().ipv6()));
        members.put("dht", dht.stream().map(NodeAnswers::describe).toList());
        return members;
    }

    private static Map<String, Object> describe(DhtStatus family) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("family", family.family().name().toLowerCase(Locale.ROOT));
        family.seenAt().map(InetAddress::getHostAddress).ifPresent(seen -> members.put("seen_at", seen));
        members.put("nodes", family.nodes());
        members.put("alone", family.isAlone());
        members.put("read_only", family.readOnly());
        members.put("announced", family.announced());
        members.put("record_kept_by", family.recordKeptBy());
        return members;
    }

    private Map<String, Object> describe(PeerStatus peer) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("peer_id", peer.peerId());
        members.put("address", peer.address());
        members.put("agent", peer.agent());
        members.put("inbound", peer.inbound());
        try {
            members.put("score", reputation.known(PeerId.parse(peer.peerId())).score());
        } catch (FormatException e) {
            throw new IllegalStateException("a connected peer has an id", e);
        }
        members.put("received_bytes", peer.receivedBytes());
        members.put("sent_bytes", peer.sentBytes());
        Optional.ofNullable(peer.roundTripMillis()).ifPresent(millis -> members.put("round_trip_ms", millis));
        return members;
    }

    private static Map<String, Object> describe(TransferStatus transfer) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", transfer.id());
        members.put("store_path", transfer.storePath());
        members.put("state", transfer.state());
        members.put("nar_bytes", transfer.narBytes());
        members.put("verified_bytes", transfer.verifiedBytes());
        members.put("received_bytes", transfer.sources().stream().mapToLong(TransferStatus.Source::bytes).sum());
        members.put("seconds", transfer.seconds());
        members.put("providers", transfer.providers());
        Optional.ofNullable(transfer.failure()).ifPresent(failure -> members.put("failure", failure));
        return members;
    }

    // How its downloads went.

    /** What is under way comes first, and then what is over, the latest first. */
    private CompletionStage<?> why(String path, Consumer<Map<String, ?>> line) {
        // In this order: what is over in between is in both.
        return view.transfers().thenCompose(transfers -> view.buildsOf(path).thenAccept(over -> {
            Set<Long> known = over.stream().map(BuildStatus::id).collect(Collectors.toUnmodifiableSet());
            transfers.stream().filter(one -> one.storePath().equals(path) && isUnderWay(one))
                    .filter(one -> !known.contains(one.id())).map(BuildAnswers::underWay).forEach(line);
            over.stream().map(BuildAnswers::describe).forEach(line);
        }));
    }

    private static boolean isUnderWay(TransferStatus transfer) {
        return transfer.failure() == null && !transfer.state().equals("done");
    }

    // Who has what.

    private CompletableFuture<?> providers(StorePath path, Consumer<Map<String, ?>> line) {
        Search search = new Search(line);
        metadata.lookupWhole(path, AskedServers.ofNamed(config.substitutes().urls())).whenComplete((found, failure) -> {
            if (failure != null) {
                search.done.completeExceptionally(failure);
            } else if (found.isEmpty()) {
                search.isNot("unknown");
            } else {
                search.begin(found.get());
            }
        });
        return search.done;
    }

    private CompletableFuture<?> providers(NarHash nar, Consumer<Map<String, ?>> line) {
        Search search = new Search(line);
        search.begin(nar);
        return search.done;
    }

    /** One lookup, and what of it was said. */
    private final class Search implements ProviderDirectory.Listener {
        private final Consumer<Map<String, ?>> line;
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private volatile long begunNanos = System.nanoTime();

        private Search(Consumer<Map<String, ?>> line) {
            this.line = line;
        }

        /** Only what is public is looked up: whoever is asked learns of it. */
        private void begin(TrustedNarinfo found) {
            if (found.isPublic()) {
                begin(found.narinfo().narHash());
            } else {
                isNot("private");
            }
        }

        private void begin(NarHash nar) {
            line.accept(Map.of("nar", nar.toString()));
            begunNanos = System.nanoTime();
            ProviderDirectory.Lookup lookup = directory.lookup(new ProviderDirectory.Question(nar, WANTED, WITHIN),
                    this);
            var _ = done.whenComplete((nothing, over) -> lookup.cancel());
        }

        private void isNot(String why) {
            line.accept(Map.of("refused", why));
            done.complete(null);
        }

        private long millis() {
            return Duration.ofNanos(System.nanoTime() - begunNanos).toMillis();
        }

        @Override
        public void found(List<ProviderHint> hints) {
            hints.forEach(hint -> line.accept(Map.of("provider", text(hint), "after_ms", millis())));
        }

        @Override
        public void ended(ProviderDirectory.End end) {
            line.accept(Map.of("ended", end.name().toLowerCase(Locale.ROOT), "after_ms", millis()));
            done.complete(null);
        }

        private static String text(ProviderHint hint) {
            return switch (hint) {
                case ProviderHint.Connected(PeerId id) -> id.toString();
                case ProviderHint.Known(PeerAddress address) -> address.toString();
                case ProviderHint.Nearby(PeerAddress address, int _) -> address.toString();
                case ProviderHint.Unnamed(HostAndPort address) -> address.toString();
            };
        }
    }
}
