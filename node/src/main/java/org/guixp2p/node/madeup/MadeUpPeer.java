// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.madeup;

import java.util.random.RandomGenerator;
import org.guixp2p.api.PeerStatus;

/** One peer. */
final class MadeUpPeer {
    private final String id;
    private final String address;
    private final String agent;
    private final boolean inbound;
    private final double score;
    private final double usual;
    private final double roundTripMillis;
    private long received;
    private long sent;

    /** @param usual bytes per second that it gives */
    MadeUpPeer(String id, String address, String agent, double usual, RandomGenerator random) {
        this.id = id;
        this.address = address;
        this.agent = agent;
        this.usual = usual;
        this.inbound = random.nextBoolean();
        this.score = 0.4 + 0.6 * random.nextDouble();
        this.roundTripMillis = 2 + 80 * random.nextDouble() * random.nextDouble();
    }

    String id() {
        return id;
    }

    String address() {
        return address;
    }

    String agent() {
        return agent;
    }

    boolean inbound() {
        return inbound;
    }

    /** Bytes that it gives within some seconds. */
    long gives(double seconds, RandomGenerator random) {
        return (long) (usual * seconds * (0.4 + 1.2 * random.nextDouble()));
    }

    void gave(long bytes) {
        received += bytes;
    }

    void got(long bytes) {
        sent += bytes;
    }

    PeerStatus status() {
        return new PeerStatus(id, address, agent, inbound, score, received, sent, roundTripMillis);
    }
}
