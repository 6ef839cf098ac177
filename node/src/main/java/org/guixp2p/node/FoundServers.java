// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.discovery.lan.LanServers;
import org.guixp2p.node.http.Strangers;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.item.NamePattern;
import org.guixp2p.protocol.item.StorePath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The substitute servers that are announced on networks nearby and that the user has not named. Safe for several threads. */
final class FoundServers implements Strangers, LanServers.Watcher {
    private static final Logger LOG = LoggerFactory.getLogger(FoundServers.class);
    /** Who was there is a stranger for as long as questions to it may be under way; more do not come in that time. */
    private static final int REMEMBERED = 4096;

    private final Mirrors mirrors;
    private final Set<String> named;
    private final List<NamePattern> secret;
    private final SequencedSet<ServerUrl> there = new LinkedHashSet<>();
    /** The one that came longest ago first. */
    private final Map<String, Boolean> known = new LinkedHashMap<>();
    private volatile List<URI> urls = List.of();

    FoundServers(NodeConfig config, Mirrors mirrors) {
        this.mirrors = mirrors;
        this.named = config.substitutes().urls().stream().map(FoundServers::place)
                .collect(Collectors.toUnmodifiableSet());
        this.secret = config.seeding().store().never();
    }

    /** Which host and port; names are not looked up. */
    private static String place(URI uri) {
        int port = uri.getPort() == -1 ? "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80 : uri.getPort();
        return uri.getHost() + ":" + port;
    }

    /** Those that are there now, in the order in which they came. */
    List<URI> urls() {
        return urls;
    }

    @Override
    public synchronized void appeared(ServerUrl server) {
        String place = place(server.uri());
        if (named.contains(place) || !there.add(server)) {
            return;
        }
        known.remove(place);
        known.put(place, true);
        if (known.size() > REMEMBERED) {
            known.remove(known.keySet().iterator().next());
        }
        mirrors.appeared(server);
        urls = there.stream().map(ServerUrl::uri).toList();
        LOG.info("{} is announced nearby, and is asked for substitutes", server);
    }

    @Override
    public synchronized void disappeared(ServerUrl server) {
        if (there.remove(server)) {
            mirrors.disappeared(server);
            urls = there.stream().map(ServerUrl::uri).toList();
            LOG.info("{} is not announced any more", server);
        }
    }

    @Override
    public synchronized boolean isAt(URI uri) {
        return !known.isEmpty() && known.containsKey(place(uri));
    }

    @Override
    public boolean mayHearOf(StorePath item) {
        return secret.stream().noneMatch(pattern -> pattern.matches(item));
    }
}
