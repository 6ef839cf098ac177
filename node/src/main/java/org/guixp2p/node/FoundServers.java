// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.discovery.lan.LanServers;
import org.guixp2p.node.http.Strangers;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.item.StorePath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The substitute servers that are announced on networks nearby and that the user has not named. Safe for several threads. */
final class FoundServers implements Strangers, LanServers.Watcher {
    private static final Logger LOG = LoggerFactory.getLogger(FoundServers.class);
    /** Who was there is a stranger for as long as questions to it may be under way; more do not come in that time. */
    static final int REMEMBERED = 4096;
    /** When others are asked, answers are looked up anew: whoever comes and goes is not to bring that about all the time. */
    static final Duration SETTLED = Duration.ofSeconds(10);

    private final Mirrors mirrors;
    private final LongSupplier nanos;
    private final Set<String> named;
    private final NodeConfig.Store store;
    private final SequencedSet<ServerUrl> there = new LinkedHashSet<>();
    /** By their places, the one that came longest ago first: whether a client has named it since. */
    private final Map<String, Boolean> known = new LinkedHashMap<>();
    /** Those of {@link #there} that are asked, since {@link #changed}. */
    private List<URI> urls = List.of();
    private long changed;

    /** @param nanos a clock as {@link System#nanoTime} */
    FoundServers(NodeConfig config, Mirrors mirrors, LongSupplier nanos) {
        this.mirrors = mirrors;
        this.nanos = nanos;
        this.changed = nanos.getAsLong() - SETTLED.toNanos();
        this.named = config.substitutes().urls().stream().map(FoundServers::place)
                .collect(Collectors.toUnmodifiableSet());
        this.store = config.seeding().store();
    }

    /** Which host and port; names are not looked up. */
    private static String place(URI uri) {
        int port = uri.getPort() == -1 ? "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80 : uri.getPort();
        return uri.getHost() + ":" + port;
    }

    /**
     * Those that are there now, in the order in which they came; whoever has just come may be left out for {@link #SETTLED}.
     *
     * @param servers those that are named for a question: they are no strangers from now on
     */
    synchronized List<URI> besides(List<URI> servers) {
        if (!known.isEmpty()) {
            servers.forEach(server -> known.replace(place(server), true));
        }
        if (urls.size() < there.size() && nanos.getAsLong() - changed >= SETTLED.toNanos()) {
            change();
        }
        return urls;
    }

    private void change() {
        urls = there.stream().map(ServerUrl::uri).toList();
        changed = nanos.getAsLong();
    }

    @Override
    public synchronized void appeared(ServerUrl server) {
        String place = place(server.uri());
        if (named.contains(place) || !there.add(server)) {
            return;
        }
        Boolean before = known.remove(place);
        boolean isNamed = before != null && before;
        known.put(place, isNamed);
        forget();
        if (!isNamed) {
            mirrors.appeared(server);
        }
        LOG.info("{} is announced nearby, and is asked for substitutes", server);
    }

    private void forget() {
        if (known.size() > REMEMBERED) {
            Set<String> stay = there.stream().map(server -> place(server.uri())).collect(Collectors.toSet());
            known.keySet().stream().filter(place -> !stay.contains(place)).findFirst().ifPresent(known::remove);
        }
    }

    @Override
    public synchronized void disappeared(ServerUrl server) {
        if (there.remove(server)) {
            mirrors.disappeared(server);
            if (urls.contains(server.uri())) {
                urls = urls.stream().filter(url -> !url.equals(server.uri())).toList();
                changed = nanos.getAsLong();
            }
            LOG.info("{} is not announced any more", server);
        }
    }

    @Override
    public synchronized boolean isAt(URI uri) {
        return !known.isEmpty() && !known.getOrDefault(place(uri), true);
    }

    @Override
    public boolean mayHearOf(StorePath item) {
        return !store.keepsBack(item);
    }
}
