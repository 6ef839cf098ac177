// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.node.swarm.PeerWatcher;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;

/** Who comes and goes, as events. */
record PeerEvents(EventSink events) implements PeerWatcher {
    private static String text(InetSocketAddress address) {
        return HostAndPort.of(address.getAddress(), address.getPort()).toString();
    }

    private static @Nullable String text(Optional<PeerId> peer) {
        return peer.map(PeerId::toString).orElse(null);
    }

    @Override
    public void dialled(Optional<PeerId> peer, InetSocketAddress address) {
        events.publish(new NodeEvent.PeerDialled(text(peer), text(address)));
    }

    @Override
    public void dialFailed(Optional<PeerId> peer, InetSocketAddress address, String reason) {
        events.publish(new NodeEvent.DialFailed(text(peer), text(address), reason));
    }

    @Override
    public void connected(PeerId peer, InetSocketAddress address, String agent, boolean inbound, boolean light) {
        events.publish(new NodeEvent.PeerConnected(peer.toString(), text(address), agent, inbound, light));
    }

    @Override
    public void refused(PeerId peer, InetSocketAddress address, String reason) {
        events.publish(new NodeEvent.PeerRefused(peer.toString(), text(address), reason));
    }

    @Override
    public void lost(PeerId peer, InetSocketAddress address, String reason) {
        events.publish(new NodeEvent.PeerLost(peer.toString(), text(address), reason));
    }

    @Override
    public void banned(PeerId peer, Duration time, String reason) {
        events.publish(new NodeEvent.PeerBanned(peer.toString(), time.toMinutes(), reason));
    }
}
