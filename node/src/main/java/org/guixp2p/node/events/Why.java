// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.config.Words;
import org.guixp2p.node.download.NarRequest;
import org.guixp2p.node.download.PeersOver;

/** Why a download went as it did: a pure function of what happened. */
final class Why {
    /** Sources that a record has, those that gave most. */
    static final int MOST_SOURCES = 64;

    private final NarRequest request;
    private final boolean done;
    private final List<Turn> turns;
    private final TransferStatus last;
    private final Bytes bytes;

    /**
     * A kind of source has come to nothing.
     *
     * @param peers why peers have; empty where servers have
     * @param reason in words
     */
    record Turn(Optional<PeersOver> peers, String reason) {
        boolean ofPeers() {
            return peers.isPresent();
        }
    }

    /** How many bytes came from where, and from how many. */
    private record Bytes(long peers, long servers, long disk, long peerCount, String server) {
        private static Bytes of(List<TransferStatus.Source> sources) {
            long peers = 0;
            long servers = 0;
            long disk = 0;
            long count = 0;
            List<String> urls = new ArrayList<>();
            for (TransferStatus.Source source : sources) {
                if (source.name().equals("disk")) {
                    disk += source.bytes();
                } else if (source.name().contains("://")) {
                    servers += source.bytes();
                    urls.add(source.name());
                } else {
                    peers += source.bytes();
                    count++;
                }
            }
            return new Bytes(peers, servers, disk, count, String.join(" and ", urls));
        }
    }

    private Why(NarRequest request, boolean done, List<Turn> turns, TransferStatus last) {
        this.request = request;
        this.done = done;
        this.turns = turns;
        this.last = last;
        this.bytes = Bytes.of(last.sources());
    }

    /** The record of a download that is over. */
    static BuildStatus build(NarRequest request, boolean done, String began, List<BuildStatus.Phase> phases,
            List<Turn> turns, List<BuildStatus.Trouble> troubles, TransferStatus last) {
        Why why = new Why(request, done, turns, last);
        List<TransferStatus.Source> sources = last.sources().stream()
                .sorted(Comparator.comparingLong(TransferStatus.Source::bytes).reversed()).limit(MOST_SOURCES).toList();
        return new BuildStatus(last.id(), last.storePath(), last.narHash(), last.narBytes(), done ? "done" : "failed",
                began, last.seconds(), why.from(), why.notPeers().orElse(null), why.words(), phases, sources,
                turns.stream().map(turn -> new BuildStatus.Turn(turn.ofPeers() ? "peers" : "servers", turn.reason()))
                        .toList(),
                troubles, last.requeuedBlocks(), last.corruptBlocks(), last.restarts(), last.failure());
    }

    private String from() {
        if (bytes.peers() > 0) {
            return bytes.servers() > 0 ? "peers-and-servers" : "peers";
        }
        return bytes.servers() > 0 ? "servers" : bytes.disk() > 0 ? "disk" : "nowhere";
    }

    private Optional<Turn> peersTurn() {
        return turns.stream().filter(Turn::ofPeers).reduce((earlier, later) -> later);
    }

    /** Why not all of it came from peers. */
    private Optional<String> notPeers() {
        if (done && bytes.servers() == 0) {
            return Optional.empty();
        }
        if (!request.mayAskPeers()) {
            return Optional.of("private");
        }
        Optional<Turn> peers = peersTurn();
        if (peers.isEmpty()) {
            // Who reads has gone before that was found out, or servers were asked first and had it.
            return request.policy() == SubstitutePolicy.HTTP_FIRST ? Optional.of("policy") : Optional.empty();
        }
        return peers.get().peers().map(Words::of);
    }

    /** In words, without the outcome. */
    private Optional<String> reason() {
        return notPeers().map(code -> switch (code) {
            case "private" -> "strangers are not asked about it: it is not public, or sharing is off";
            case "policy" -> "servers are asked first (substitute_policy = " + Words.of(request.policy()) + ")";
            default -> peersTurn().map(Turn::reason).orElse(code);
        });
    }

    private String words() {
        if (!done) {
            return "It was not fetched: " + failure() + ".";
        }
        String peers = bytes.peerCount() == 1 ? "one peer" : bytes.peerCount() + " peers";
        String found = bytes.disk() > 0 ? share(bytes.disk()) + " was left by an earlier download; " : "";
        String because = reason().map(why -> ", because of peers: " + why).orElse("");
        return switch (from()) {
            case "peers" -> found + (found.isEmpty() ? "All of it came from " : "the rest came from ") + peers + ".";
            case "servers" -> found + (found.isEmpty() ? "It" : "the rest") + " came from " + bytes.server() + because
                    + ".";
            case "peers-and-servers" -> found + share(bytes.peers()) + " came from " + peers + ", "
                    + share(bytes.servers()) + " from " + bytes.server() + because + ".";
            case "disk" -> "All of it was left by an earlier download.";
            default -> "It is not known where it came from.";
        };
    }

    private String failure() {
        String said = last.failure();
        return said == null ? turns.stream().map(Turn::reason).collect(Collectors.joining("; ")) : said;
    }

    private String share(long part) {
        long all = Math.max(1, bytes.peers() + bytes.servers() + bytes.disk());
        return String.format(Locale.ROOT, "%.0f %%", 100.0 * part / all);
    }
}
