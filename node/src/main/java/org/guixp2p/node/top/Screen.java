// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.guixp2p.node.config.Amounts;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;

/** Draws: how the node is doing as a whole, its downloads, who is connected, and which keys there are. */
final class Screen {
    private static final AttributedStyle PLAIN = AttributedStyle.DEFAULT;
    private static final AttributedStyle HEAD = AttributedStyle.BOLD;
    private static final AttributedStyle FAINT = AttributedStyle.DEFAULT.faint();
    private static final AttributedStyle CHOSEN = AttributedStyle.INVERSE;
    private static final String DOWNLOAD = "%-38.38s %10s %5s %-16s %12s %12s %5s  %s";
    private static final String PEER = "%-14.14s %-9s %6s %-28s %s";
    private static final int BAR = 16;
    /** What is not a row of a list: two lines on the node and an empty one, two titles with an empty line between, and the keys. */
    private static final int FIXED = 7;

    private final int width;
    private final int height;

    /** @param height of all that is drawn; 0 to draw everything */
    Screen(int width, int height) {
        this.width = width;
        this.height = height;
    }

    /**
     * One picture.
     *
     * @param trouble why there is nothing newer than {@code sample}
     */
    List<AttributedString> draw(Sample sample, Speeds speeds, Focus focus, Optional<String> trouble) {
        List<AttributedString> lines = new ArrayList<>();
        Sample.Summary node = sample.summary();
        lines.add(line(HEAD,
                String.format(Locale.ROOT, "guix-p2p %s  %s  up %s  %s, share %s", node.version(), node.peerId(),
                        Amounts.seconds(node.uptimeSeconds()), node.policy(), node.share())));
        lines.add(line(PLAIN,
                String.format(Locale.ROOT, "%d peers  %d seeds  DHT %d nodes  from elsewhere: %s  %s/s in",
                        sample.peers().size(),
                        node.seeds(), node.dhtNodes(), node.reachability(), Amounts.bytes(speeds.ofAll(sample)))));
        lines.add(trouble.map(why -> line(CHOSEN, why)).orElse(AttributedString.EMPTY));
        int rows = height == 0 ? Integer.MAX_VALUE : Math.max(2, height - FIXED);
        int forPeers = Math.min(sample.peers().size(), Math.max(rows / 2, rows - sample.transfers().size()));
        lines.add(title(!focus.onPeers(), String.format(Locale.ROOT, DOWNLOAD, "DOWNLOADS", "SIZE", "DONE", "", "RATE",
                "LEFT", "FROM", "STATE")));
        rows(lines, sample.transfers(), focus.downloads(), rows - forPeers, each -> download(each, speeds));
        lines.add(AttributedString.EMPTY);
        lines.add(title(focus.onPeers(),
                String.format(Locale.ROOT, PEER, "PEERS", "DIALLED", "SCORE", "ADDRESS", "AGENT")));
        rows(lines, sample.peers(), focus.peers(), forPeers, this::peer);
        return lines;
    }

    /** The last line of a terminal. */
    AttributedString keys(Focus focus) {
        return line(FAINT, "q quit   Tab the other list   arrows, PgUp, PgDn move   Space "
                + (focus.paused() ? "go on" : "pause"));
    }

    private AttributedString title(boolean chosen, String text) {
        return line(chosen ? HEAD.underline() : HEAD, text);
    }

    private <T> void rows(List<AttributedString> lines, List<T> all, int from, int most,
            Function<T, AttributedString> row) {
        all.stream().skip(from).limit(most).map(row).forEach(lines::add);
    }

    private AttributedString download(Sample.Transfer transfer, Speeds speeds) {
        boolean known = transfer.narBytes() > 0;
        double done = known ? Math.min(1, (double) transfer.verifiedBytes() / transfer.narBytes()) : 0;
        double rate = speeds.of(transfer);
        AttributedStyle style = transfer.isOver()
                ? FAINT
                : transfer.state().equals("providers") ? PLAIN.foreground(AttributedStyle.YELLOW) : PLAIN;
        return line(transfer.state().equals("failed") ? PLAIN.foreground(AttributedStyle.RED) : style, String.format(
                Locale.ROOT, DOWNLOAD, transfer.name(), known ? Amounts.bytes((double) transfer.narBytes()) : "?",
                known ? String.format(Locale.ROOT, "%.0f %%", Math.floor(100 * done)) : "", bar(done),
                rate > 0 ? Amounts.bytes(rate) + "/s" : "", left(transfer, rate),
                transfer.providers() > 0 ? transfer.providers() : "", transfer.state()));
    }

    private static String bar(double done) {
        int full = (int) Math.floor(done * BAR);
        return "█".repeat(full) + "░".repeat(BAR - full);
    }

    private static String left(Sample.Transfer transfer, double rate) {
        long missing = transfer.narBytes() - transfer.verifiedBytes();
        return rate < 1 || missing <= 0 || transfer.narBytes() <= 0
                ? ""
                : Amounts.seconds(Math.round(missing / rate));
    }

    private AttributedString peer(Sample.Peer peer) {
        return line(PLAIN, String.format(Locale.ROOT, PEER, peer.peerId(),
                peer.inbound() ? "by it" : "by us", String.format(Locale.ROOT, "%.2f", peer.score()), peer.address(),
                peer.agent()));
    }

    private AttributedString line(AttributedStyle style, String text) {
        AttributedString whole = new AttributedString(text, style);
        return width > 0 ? whole.columnSubSequence(0, width) : whole;
    }
}
