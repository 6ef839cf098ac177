// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.guixp2p.node.Version;
import org.guixp2p.node.config.DhtMode;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.swarm.Probe;
import org.guixp2p.protocol.swarm.PeerAddress;

/** Peers that the user named: each is dialled. */
final class BootstrapCheck implements Check {
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
        List<CompletableFuture<Finding>> dials = peers.stream().map(peer -> dial(peer, patient.patience())).toList();
        List<Finding> findings = new ArrayList<>(dials.stream().map(CompletableFuture::join).toList());
        if (findings.stream().noneMatch(finding -> finding.verdict() == Verdict.OK)
                && findings.stream().noneMatch(finding -> finding.verdict() == Verdict.ERROR)) {
            findings.add(Finding.error(subject(), "none of them answers",
                    "ask their users for 'guix-p2p share-info', and look at this machine's network"));
        }
        return findings;
    }

    private CompletableFuture<Finding> dial(PeerAddress peer, Duration patience) {
        CompletableFuture<Finding> finding = new CompletableFuture<>();
        Thread.ofVirtual().name("doctor-dial").start(() -> finding.complete(look(peer, patience)));
        return finding;
    }

    private Finding look(PeerAddress peer, Duration patience) {
        try {
            Probe.Answer answer = Probe.dial(peer.endpoint(), Optional.of(peer.id()), Version.AGENT, patience);
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
