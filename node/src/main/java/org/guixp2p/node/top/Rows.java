// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import java.util.List;
import java.util.Locale;
import org.guixp2p.node.config.Amounts;
import org.guixp2p.node.top.Columns.Column;

/** What stands in the rows of each list. */
final class Rows {
    private static final int BAR = 16;
    private static final int RATE = 12;

    private final Columns downloads;
    private final Columns peers;
    private final Columns servers;
    private final Columns finished;
    private final Columns events;

    /** @param width of a line; 0 for one without an end */
    Rows(int width) {
        downloads = new Columns(width, List.of(Column.text("DOWNLOADS", 16, 38, 0), Column.number("SIZE", 10, 5),
                Column.number("DONE", 5, 1), Column.text("", BAR, BAR, 8), Column.number("RATE", RATE, 3),
                Column.number("LEFT", RATE, 4), Column.number("FROM", 4, 6), Column.text("STATE", 9, 9, 2)));
        peers = new Columns(width, List.of(Column.text("PEERS", 12, 14, 0), Column.number("DOWN", RATE, 1),
                Column.number("UP", RATE, 2), Column.number("LATENCY", 8, 4), Column.number("SCORE", 5, 5),
                Column.text("DIALLED", 7, 7, 6), Column.text("ADDRESS", 22, 40, 3), Column.text("AGENT", 8, 8, 7)));
        servers = new Columns(width, List.of(Column.text("SERVERS", 26, 44, 0), Column.number("NARINFO", 8, 2),
                Column.number("RATE", RATE, 1), Column.number("HAD", 5, 3)));
        finished = new Columns(width, List.of(Column.text("FINISHED", 16, 38, 0), Column.text("OUTCOME", 12, 12, 1),
                Column.number("SIZE", 10, 4), Column.number("TOOK", 9, 2), Column.text("FROM", 17, 17, 3)));
        events = new Columns(width, List.of(Column.text("EVENTS", 8, 8, 0), Column.text("TYPE", 20, 20, 2),
                Column.text("WHAT", 10, 10, 1)));
    }

    Columns downloads() {
        return downloads;
    }

    Columns peers() {
        return peers;
    }

    Columns servers() {
        return servers;
    }

    Columns finished() {
        return finished;
    }

    Columns events() {
        return events;
    }

    /** Of one that failed nothing matters more than why. */
    String download(Sample.Transfer transfer, double rate) {
        if (!transfer.failure().isEmpty()) {
            return downloads.row(transfer.name(), transfer.state() + ": " + transfer.failure());
        }
        boolean known = transfer.narBytes() > 0;
        double done = known ? Math.min(1, (double) transfer.verifiedBytes() / transfer.narBytes()) : 0;
        return downloads.row(List.of(transfer.name(), known ? Amounts.bytes((double) transfer.narBytes()) : "?",
                known ? String.format(Locale.ROOT, "%.0f %%", Math.floor(100 * done)) : "", bar(done), rate(rate),
                left(transfer, rate), transfer.providers() > 0 ? Integer.toString(transfer.providers()) : "",
                transfer.state()));
    }

    private static String bar(double done) {
        int full = (int) Math.floor(done * BAR);
        return "█".repeat(full) + "░".repeat(BAR - full);
    }

    private static String rate(double bytesPerSecond) {
        return bytesPerSecond > 0 ? Amounts.bytes(bytesPerSecond) + "/s" : "";
    }

    private static String left(Sample.Transfer transfer, double rate) {
        long missing = transfer.narBytes() - transfer.verifiedBytes();
        return rate < 1 || missing <= 0 || transfer.narBytes() <= 0
                ? ""
                : Amounts.seconds(Math.round(missing / rate));
    }

    String peer(Sample.Peer peer, double down, double up) {
        return peers.row(List.of(peer.peerId(), rate(down), rate(up),
                peer.roundTripMillis().stream().mapToObj(Rows::millis).findFirst().orElse(""),
                String.format(Locale.ROOT, "%.2f", peer.score()), peer.inbound() ? "by it" : "by us", peer.address(),
                peer.agent()));
    }

    private static String millis(double millis) {
        return String.format(Locale.ROOT, millis < 10 ? "%.1f ms" : "%.0f ms", millis);
    }

    String server(Sample.Server server) {
        return servers.row(List.of(server.name(), server.narinfoMillis() > 0 ? millis(server.narinfoMillis()) : "",
                rate(server.bytesPerSecond()),
                server.asked() > 0 ? 100 * server.had() / server.asked() + " %" : ""));
    }

    String finished(Sample.Finished one) {
        return finished.row(List.of(one.name(), one.outcome().equals("not-claimed") ? "not promised" : one.outcome(),
                one.narBytes() > 0 ? Amounts.bytes((double) one.narBytes()) : "?",
                String.format(Locale.ROOT, "%.1f s", one.seconds()), one.from()));
    }

    String event(Sample.Event event) {
        return events.row(List.of(event.at(), event.type(), event.what()));
    }
}
