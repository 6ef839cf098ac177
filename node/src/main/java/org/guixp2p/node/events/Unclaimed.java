// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.node.config.Words;
import org.guixp2p.node.download.PeersOver;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;

/** The items that were not promised lately, and why: of each the last word. Safe for several threads. */
final class Unclaimed {
    /** Those of a closure; some 2 MiB. */
    static final int MOST = 2048;
    private static final double NANOS = 1e9;

    private final LinkedHashMap<StorePath, BuildStatus> latest = new LinkedHashMap<>();

    /**
     * One more.
     *
     * @param refused why the last narinfo of it did not count, if one came
     */
    synchronized void add(long number, NotClaimed item, Optional<String> refused, Instant now) {
        latest.putLast(item.path(), status(number, item, refused, now));
        if (latest.size() > MOST) {
            latest.pollFirstEntry();
        }
    }

    /** It can be had after all. */
    synchronized void remove(StorePath path) {
        latest.remove(path);
    }

    /** Those that were asked about last come first. */
    synchronized List<BuildStatus> all() {
        return new ArrayList<>(latest.sequencedValues().reversed());
    }

    private static BuildStatus status(long number, NotClaimed item, Optional<String> refused, Instant now) {
        Optional<NotClaimed.Known> known = item.known();
        boolean arePeersAsked = known.filter(one -> one.over() != PeersOver.PRIVATE).isPresent();
        String why = known.map(one -> words(one.over()) + ", and " + one.noServers()).orElseGet(
                () -> refused.orElse("none of the servers that were asked has a narinfo of it, or none answers"));
        List<BuildStatus.Phase> phases = new ArrayList<>();
        if (item.lookedUp().toNanos() >= TracedDownload.TOLD_NANOS) {
            phases.add(new BuildStatus.Phase(TracedDownload.METADATA, seconds(item.lookedUp())));
        }
        List<BuildStatus.Turn> turns = new ArrayList<>();
        if (arePeersAsked) {
            phases.add(new BuildStatus.Phase("providers", seconds(item.asked())));
            turns.add(new BuildStatus.Turn("peers", words(known.get().over())));
        }
        Duration all = item.lookedUp().plus(item.asked());
        return new BuildStatus(number, item.path().path(), known.map(one -> one.nar().toString()).orElse(""),
                known.flatMap(NotClaimed.Known::size).map(NarSize::bytes).orElse(0L), "not-claimed",
                now.minus(all).toString(), seconds(all), "nowhere",
                known.map(one -> Words.of(one.over())).orElse("no-metadata"),
                "Whoever asked was told that it cannot be had: " + why + ".", phases, List.of(), turns, List.of(), 0, 0,
                0, null);
    }

    private static double seconds(Duration time) {
        return time.toNanos() / NANOS;
    }

    private static String words(PeersOver over) {
        return switch (over) {
            case PRIVATE -> "strangers are not asked about it: it is not public, or sharing is off";
            case TOO_FEW -> "fewer peers than must (min_providers) have said in time that they have it";
            default -> "no peer has said in time that it has it";
        };
    }
}
