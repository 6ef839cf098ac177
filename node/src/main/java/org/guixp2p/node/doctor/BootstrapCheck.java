// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.guixp2p.node.Version;
import org.guixp2p.node.config.DhtMode;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.swarm.Probe;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;

/** Peers that the user named: each is dialled, if the node does so. */
final class BootstrapCheck implements Check {
    /** What became of one. */
    private record Look(boolean dialled, Finding finding) {}

    @Override
    public String subject() {
        return "bootstrap peers";
    }

    @Override
    public List<Finding> examine(Patient patient) {
        List<PeerAddress> peers = patient.config().network().bootstrap();
        if (patient.config().seeding().share() == Share.OFF) {
            return List.of(Finding.ok(subject(), "none is used: share = off"));
        }
        if (peers.isEmpty()) {
            boolean world = patient.config().seeding().share() == Share.WORLD
                    && patient.config().dhtMode() == DhtMode.OFF;
            return List.of(world
                    ? Finding.warning(subject(), "none is named, and there is no DHT",
                            "name one in bootstrap_peers, or set dht = mainline")
                    : Finding.ok(subject(), "none is named"));
        }
        List<CompletableFuture<Look>> begun = peers.stream().map(peer -> begin(peer, patient)).toList();
        List<Look> looks = begun.stream().map(CompletableFuture::join).toList();
        List<Finding> findings = new ArrayList<>(looks.stream().map(Look::finding).toList());
        if (looks.stream().anyMatch(Look::dialled)
                && findings.stream().noneMatch(finding -> finding.verdict() == Verdict.OK)) {
            findings.add(Finding.error(subject(), "none of them answers",
                    "ask their users for 'guix-p2p share-info', and look at this machine's network"));
        }
        return findings;
    }

    private CompletableFuture<Look> begin(PeerAddress peer, Patient patient) {
        CompletableFuture<Look> look = new CompletableFuture<>();
        Thread.ofVirtual().name("doctor-dial").start(() -> look.complete(look(peer, patient)));
        return look;
    }

    private Look look(PeerAddress peer, Patient patient) {
        return target(peer.endpoint(), patient.config().seeding().share())
                .map(target -> new Look(true, dial(peer, target, patient.patience())))
                .orElseGet(() -> new Look(false, Finding.warning(subject(), peer + " is on no local network, and with "
                        + "share = lan the node does not talk to it",
                        "set share = world, or take it off bootstrap_peers")));
    }

    /** Where the node would dial a peer, if anywhere. */
    private static Optional<HostAndPort> target(HostAndPort endpoint, Share share) {
        if (share != Share.LAN) {
            return Optional.of(endpoint);
        }
        try {
            return Stream.of(InetAddress.getAllByName(endpoint.host())).filter(AddressGroup::isLocal).findFirst()
                    .map(address -> HostAndPort.of(address, endpoint.port()));
        } catch (UnknownHostException e) {
            // Whoever dials it is told so.
            return Optional.of(endpoint);
        }
    }

    private Finding dial(PeerAddress peer, HostAndPort endpoint, Duration patience) {
        try {
            Probe.Answer answer = Probe.dial(endpoint, Optional.of(peer.id()), Version.AGENT, patience);
            return Finding.ok(subject(), peer + " answers in " + answer.roundTrip().toMillis() + " ms");
        } catch (Probe.FailedException e) {
            return e.isTurnedAway()
                    ? Finding.warning(subject(), peer + " is there, but: " + e.getMessage(), "try again later")
                    : Finding.warning(subject(), peer + " does not answer (" + e.stage() + "): " + e.getMessage(),
                            "'guix-p2p test-connectivity " + peer
                                    + "' says more; take it off bootstrap_peers if it is gone");
        }
    }
}
