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

/** Draws: how the node is doing as a whole, one or two lists, and which keys there are. */
final class Screen {
    private static final AttributedStyle PLAIN = AttributedStyle.DEFAULT;
    private static final AttributedStyle HEAD = AttributedStyle.BOLD;
    private static final AttributedStyle FAINT = AttributedStyle.DEFAULT.faint();
    private static final AttributedStyle BAD = PLAIN.foreground(AttributedStyle.RED);
    private static final AttributedStyle WAITS = PLAIN.foreground(AttributedStyle.YELLOW);
    private static final AttributedStyle CHOSEN = AttributedStyle.INVERSE;
    /** What is not a row of a list besides the head: two titles with an empty line between, and the keys. */
    private static final int FIXED = 4;
    /** Of why something is so. */
    private static final int MOST_LINES = 4;
    private static final String INDENT = "    ";

    private final int width;
    private final int height;
    private final Rows rows;

    /** @param height of all that is drawn; 0 to draw everything */
    Screen(int width, int height) {
        this.width = width;
        this.height = height;
        this.rows = new Rows(width);
    }

    /**
     * What is drawn.
     *
     * @param turn how far the chosen list moves by a page
     */
    record Picture(List<AttributedString> lines, Turn turn) {
        Picture {
            lines = List.copyOf(lines);
        }
    }

    /**
     * By a page, so that no row is passed over unseen: rows take one line or more.
     *
     * @param down how many rows are there as a whole
     * @param up how many of those above there would be room for
     */
    record Turn(int down, int up) {}

    /**
     * One picture.
     *
     * @param trouble why there is nothing newer than {@code sample}
     */
    Picture draw(Sample sample, Speeds speeds, Focus focus, Optional<String> trouble) {
        List<AttributedString> lines = head(sample, speeds, trouble);
        int room = height == 0 ? Integer.MAX_VALUE : Math.max(2, height - FIXED - lines.size());
        int from = focus.from(focus.on());
        Turn turn = switch (focus.on()) {
            case DOWNLOADS, PEERS -> activity(lines, sample, speeds, focus, room);
            case SERVERS -> {
                lines.add(title(true, rows.servers().titles()));
                yield list(lines, sample.servers(), from, room,
                        each -> explained(each.fault().isEmpty() ? PLAIN : WAITS, rows.server(each), each.why()));
            }
            case FINISHED -> {
                lines.add(title(true, rows.finished().titles()));
                yield list(lines, sample.finished(), from, room,
                        each -> explained(style(each), rows.finished(each), each.answer()));
            }
            case EVENTS -> {
                lines.add(title(true, rows.events().titles()));
                yield list(lines, sample.events(), from, room, each -> List.of(line(PLAIN, rows.event(each))));
            }
        };
        Optional.ofNullable(sample.withheld().get(focus.on()))
                .ifPresent(why -> lines.addAll(explained(WAITS, "Not shown:", why)));
        return new Picture(lines, turn);
    }

    private List<AttributedString> head(Sample sample, Speeds speeds, Optional<String> trouble) {
        Sample.Summary node = sample.summary();
        List<AttributedString> lines = new ArrayList<>();
        lines.add(line(HEAD, String.format(Locale.ROOT, "guix-p2p %s  up %s  %s, share %s  %s", node.version(),
                Amounts.seconds(node.uptimeSeconds()), node.policy(), node.share(), node.peerId())));
        List<String> figures = List.of(Amounts.bytes(speeds.ofAll(false)) + "/s in",
                Amounts.bytes(speeds.ofAll(true)) + "/s out", sample.peers().size() + " peers",
                node.activeTransfers() + " under way", node.seeds() + " seeds", node.buildsSeen() + " builds seen",
                node.providerRecords() + " provider records", "DHT " + node.dhtNodes() + " nodes",
                "from elsewhere: " + node.reachability());
        wrapped(figures, "  ").forEach(text -> lines.add(line(PLAIN, text)));
        lines.add(trouble.map(why -> line(CHOSEN, why)).orElse(AttributedString.EMPTY));
        return lines;
    }

    private Turn activity(List<AttributedString> lines, Sample sample, Speeds speeds, Focus focus, int room) {
        int forPeers = Math.min(sample.peers().size(), Math.max(room / 2, room - sample.transfers().size()));
        lines.add(title(focus.on() == Listing.DOWNLOADS, rows.downloads().titles()));
        Turn downloads = list(lines, sample.transfers(), focus.from(Listing.DOWNLOADS), room - forPeers,
                each -> List.of(line(style(each), rows.download(each, speeds.of(each)))));
        lines.add(AttributedString.EMPTY);
        lines.add(title(focus.on() == Listing.PEERS, rows.peers().titles()));
        Turn peers = list(lines, sample.peers(), focus.from(Listing.PEERS), forPeers,
                each -> List.of(line(PLAIN, rows.peer(each, speeds.of(each, false), speeds.of(each, true)))));
        return focus.on() == Listing.DOWNLOADS ? downloads : peers;
    }

    private static AttributedStyle style(Sample.Transfer transfer) {
        return switch (transfer.state()) {
            case "failed" -> BAD;
            case "done" -> FAINT;
            case "providers" -> WAITS;
            default -> PLAIN;
        };
    }

    private static AttributedStyle style(Sample.Finished one) {
        return switch (one.outcome()) {
            case "failed" -> BAD;
            case "not-claimed" -> WAITS;
            default -> PLAIN;
        };
    }

    /** A row, and below it why it is so, in as many lines as that takes, but for a very long answer. */
    private List<AttributedString> explained(AttributedStyle style, String row, String why) {
        List<AttributedString> lines = new ArrayList<>();
        lines.add(line(style, row));
        List<String> all = wrapped(List.of(why.split(" ", -1)), " ");
        if (all.size() > MOST_LINES) {
            // With what would come next it is too long, and ends as what is cut does.
            all.set(MOST_LINES - 1, all.get(MOST_LINES - 1) + " " + all.get(MOST_LINES));
        }
        all.stream().limit(MOST_LINES).forEach(text -> lines.add(line(FAINT, INDENT + Columns.cut(text, room()))));
        return lines;
    }

    /** How much of a line is left behind what indents it. */
    private int room() {
        return width > 0 ? Math.max(1, width - INDENT.length()) : Integer.MAX_VALUE;
    }

    /** Pieces, as many in a line as there is room for. */
    private List<String> wrapped(List<String> pieces, String between) {
        List<String> lines = new ArrayList<>();
        for (String piece : pieces) {
            String longer = lines.isEmpty() ? piece : lines.getLast() + between + piece;
            if (lines.isEmpty() || Columns.width(longer) > room()) {
                lines.add(piece);
            } else {
                lines.set(lines.size() - 1, longer);
            }
        }
        return lines;
    }

    /** The last line of a terminal. */
    AttributedString keys(Focus focus) {
        String keys = "q quit  Tab next list  Space " + (focus.paused() ? "go on" : "pause")
                + "  arrows, PgUp, PgDn move";
        return line(FAINT, keys);
    }

    private AttributedString title(boolean chosen, String text) {
        return line(chosen ? HEAD.underline() : HEAD, text);
    }

    /** As many as there is room for, the last one perhaps not whole. */
    private static <T> Turn list(List<AttributedString> lines, List<T> all, int from, int most,
            Function<T, List<AttributedString>> drawn) {
        int first = Math.min(from, all.size());
        int down = 0;
        int left = most;
        for (int at = first; at < all.size() && left > 0; at++) {
            List<AttributedString> row = drawn.apply(all.get(at));
            row.stream().limit(left).forEach(lines::add);
            left -= row.size();
            down += left >= 0 ? 1 : 0;
        }
        int up = 0;
        for (int above = most; up < first; up++) {
            above -= drawn.apply(all.get(first - up - 1)).size();
            if (above < 0) {
                break;
            }
        }
        return new Turn(Math.max(1, down), Math.max(1, up));
    }

    private AttributedString line(AttributedStyle style, String text) {
        AttributedString whole = new AttributedString(text, style);
        return width > 0 ? whole.columnSubSequence(0, width) : whole;
    }
}
