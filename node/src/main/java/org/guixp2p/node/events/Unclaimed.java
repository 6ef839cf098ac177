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
import org.guixp2p.protocol.narinfo.Narinfo;

/** The items that were not promised lately, and why: of each the last word. Safe for several threads. */
final class Unclaimed {
    /** A closure, of which no peer has anything; half a KiB each. */
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

    /** It is fetched after all. */
    synchronized void remove(StorePath path) {
        latest.remove(path);
    }

    /** Those that were asked about last come first. */
    synchronized List<BuildStatus> all() {
        return new ArrayList<>(latest.sequencedValues().reversed());
    }

    private static BuildStatus status(long number, NotClaimed item, Optional<String> refused, Instant now) {
        Optional<Narinfo> narinfo = item.trusted().map(trusted -> trusted.narinfo());
        List<BuildStatus.Phase> phases = new ArrayList<>();
        phases.add(new BuildStatus.Phase("metadata", seconds(item.lookedUp())));
        List<BuildStatus.Turn> turns = new ArrayList<>();
        String why = item.over().map(Unclaimed::words).orElseGet(
                () -> refused.orElse("none of the servers that were asked has a narinfo of it, or none answers"));
        item.over().ifPresent(over -> {
            phases.add(new BuildStatus.Phase("providers", seconds(item.asked())));
            turns.add(new BuildStatus.Turn("peers", why));
        });
        double seconds = phases.stream().mapToDouble(BuildStatus.Phase::seconds).sum();
        return new BuildStatus(number, item.path().path(), narinfo.map(one -> one.narHash().toString()).orElse(""),
                narinfo.flatMap(Narinfo::narSize).map(NarSize::bytes).orElse(0L), "not-claimed",
                now.minus(item.lookedUp()).minus(item.asked()).toString(),
                seconds, "nowhere", item.over().map(Words::of).orElse("no-metadata"),
                "Whoever asked was told that it cannot be had: " + why + ".", phases, List.of(), turns, List.of(), 0, 0,
                0, null);
    }

    private static double seconds(Duration time) {
        return time.toNanos() / NANOS;
    }

    private static String words(PeersOver over) {
        return switch (over) {
            case PRIVATE -> "strangers are not asked about it: it is not public, or sharing is off; and no server gives"
                    + " it (substitute_policy = p2p-only)";
            case TOO_FEW -> "fewer peers than must (min_providers) say that they have it, and no server gives it"
                    + " (substitute_policy = p2p-only)";
            default -> "no peer was found that has it, and no server gives it (substitute_policy = p2p-only)";
        };
    }
}
