// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * Looks for those who have the NAR of one download and are not connected, and has the swarm meet them: then they are asked like all
 * others. Part of the {@link Download} actor, on its thread.
 */
final class Discovery {
    /** Who is dialled at a time: some of those who are found are gone, or were never there. */
    private static final int MOST_AWAITED = 16;
    /** How long peers who are connected have to say what they have before others are looked for. */
    static final long HEAD_START_MILLIS = 200;
    /** How long those whose inventories name it have, when they may be enough. */
    static final long NAMED_MILLIS = 2_000;
    /** Who has it does not change faster. */
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(15);

    private final ActorContext<Download.Command> context;
    private final NarRequest request;
    private final DownloadContext node;
    private final Providers providers;
    private final ActorRef<Swarm.Met> met;
    private final Set<InetSocketAddress> awaited = new HashSet<>();
    /** Who is yet to be met: each once, however often somebody says that he has it. */
    private final LinkedHashMap<InetSocketAddress, Optional<PeerId>> waiting = new LinkedHashMap<>();
    private final Set<InetSocketAddress> tried = new HashSet<>();
    private Set<PeerId> named = Set.of();
    private ProviderDirectory.@Nullable Lookup lookup;
    private int number;
    private long begunMillis;
    private long notBeforeMillis = Long.MIN_VALUE;

    Discovery(ActorContext<Download.Command> context, NarRequest request, DownloadContext node,
            Providers providers) {
        this.context = context;
        this.request = request;
        this.node = node;
        this.providers = providers;
        this.met = context.messageAdapter(Swarm.Met.class, PeerEvent.Met::new);
    }

    /** Those who are connected and say that they have it. To be called once. */
    Set<PeerId> askedFirst() {
        List<PeerId> may = node.inventories().mayHave(request.hash());
        named = Set.copyOf(may);
        // With whom there is only a light session he is met anew: as many as a download may use.
        List<ProviderHint> light = may.stream().flatMap(peer -> node.inventories().hint(peer).stream())
                .filter(hint -> !(hint instanceof ProviderHint.Connected))
                .limit(node.config().transfers().maxPeersPerDownload()).toList();
        meet(light);
        return named;
    }

    /** Those who are connected are asked from now on. */
    void begin(long nowMillis) {
        begunMillis = nowMillis;
    }

    /** Looks for further peers once those who are connected have had their time, unless enough of them have it. */
    void consider(Attempt attempt, long nowMillis) {
        int enough = attempt.layout().count() <= Providers.SMALL
                ? node.config().substitutes().minProviders()
                : node.config().transfers().maxPeersPerDownload();
        int has = providers.count(attempt);
        int dialled = awaited.size() + waiting.size();
        long promising = has + dialled + named.stream().filter(providers::mayYetAnswer).count();
        if (has >= enough) {
            stop();
        } else if (isDue(dialled == 0 && providers.allAnswered(), promising >= enough, nowMillis - begunMillis)) {
            look(nowMillis);
        }
    }

    /**
     * Whether those who are connected have had their time.
     *
     * @param allAnswered whether nobody of them is waited for
     * @param promising whether they are enough, if all have it who say so by their inventories
     */
    static boolean isDue(boolean allAnswered, boolean promising, long sinceMillis) {
        return allAnswered || sinceMillis >= (promising ? NAMED_MILLIS : HEAD_START_MILLIS);
    }

    /** Unless that is under way or was done a moment ago. */
    private void look(long nowMillis) {
        if (lookup != null || nowMillis < notBeforeMillis) {
            return;
        }
        notBeforeMillis = nowMillis + AGAIN_AFTER.toMillis();
        tried.clear();
        int current = ++number;
        ActorRef<Download.Command> self = context.getSelf();
        lookup = node.directory().lookup(
                // Whoever is asked first may name many who have nothing: what counts is who turns out to have it.
                new ProviderDirectory.Question(request.hash(), ProviderDirectory.Question.MAX_WANTED,
                        node.config().transfers().requestTimeout()),
                new ProviderDirectory.Listener() {
                    @Override
                    public void found(List<ProviderHint> hints) {
                        self.tell(new PeerEvent.ProvidersFound(current, hints));
                    }

                    @Override
                    public void ended(ProviderDirectory.End end) {
                        self.tell(new PeerEvent.LookupEnded(current));
                    }
                });
    }

    void on(PeerEvent.OfDiscovery event) {
        switch (event) {
            case PeerEvent.ProvidersFound found -> found(found);
            case PeerEvent.LookupEnded(int which) -> {
                if (which == number) {
                    lookup = null;
                }
            }
            case PeerEvent.Met(Swarm.Met told) -> {
                awaited.remove(told.address());
                meetNext();
            }
        }
    }

    private void found(PeerEvent.ProvidersFound found) {
        if (found.lookup() != number || lookup == null) {
            return;
        }
        meet(found.hints());
    }

    private void meet(List<ProviderHint> hints) {
        for (ProviderHint hint : hints) {
            dialled(hint).filter(tried::add).ifPresent(there -> {
                waiting.put(there, hint.peer());
                meetNext();
            });
        }
    }

    /** Where somebody is to be met; nowhere when he is connected, and so is asked anyway. */
    static Optional<InetSocketAddress> dialled(ProviderHint hint) {
        return switch (hint) {
            case ProviderHint.Connected _ -> Optional.empty();
            case ProviderHint.Known(var peer) -> address(peer.endpoint(), 0);
            case ProviderHint.Nearby(var peer, int zone) -> address(peer.endpoint(), zone);
            case ProviderHint.Unnamed(HostAndPort address) -> address(address, 0);
        };
    }

    private static Optional<InetSocketAddress> address(HostAndPort address, int zone) {
        try {
            String host = zone == 0 ? address.host() : address.host() + "%" + zone;
            return Optional.of(new InetSocketAddress(InetAddress.ofLiteral(host), address.port()));
        } catch (IllegalArgumentException e) {
            // Directories give addresses; whom the user named by a host's name is dialled by the swarm of itself.
            return Optional.empty();
        }
    }

    private void meetNext() {
        while (awaited.size() < MOST_AWAITED && !waiting.isEmpty()) {
            Map.Entry<InetSocketAddress, Optional<PeerId>> next = waiting.pollFirstEntry();
            if (awaited.add(next.getKey())) {
                node.swarm().tell(new Swarm.Meet(next.getKey(), next.getValue(), met));
            }
        }
    }

    /** Whether nobody is looked for or dialled who may yet turn out to have it. */
    boolean isOver() {
        return lookup == null && awaited.isEmpty() && waiting.isEmpty();
    }

    /** How long what is under way is waited for beyond the time of those who were connected, in milliseconds. */
    long patienceMillis(boolean serversWait) {
        return isOver() || !serversWait ? 0 : node.grace().toMillis();
    }

    /** Looks no further; if it was not done, it may begin again at any time. */
    void stop() {
        waiting.clear();
        if (lookup != null) {
            lookup.cancel();
            lookup = null;
            notBeforeMillis = Long.MIN_VALUE;
        }
    }
}
