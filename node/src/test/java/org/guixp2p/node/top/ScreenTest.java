// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;

/** What a picture shows, and how fast things are. */
class ScreenTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MIB = 1 << 20;

    private final Speeds speeds = new Speeds();

    private static Sample.Summary summary(long received, long given) {
        return new Sample.Summary("0peer", "0.9", 90_061, "p2p-first", "world", "reachable, unknown", 204, 12, 1, 77,
                13, received, given);
    }

    private static Sample.Peer peer(int number, long received, long sent) {
        return new Sample.Peer("peer" + number, "192.0.2." + number + ":6881", "guix-p2p/0.9", number % 2 == 0,
                number == 0 ? -1 : 1, received, sent, number == 0 ? OptionalDouble.empty() : OptionalDouble.of(4.25));
    }

    private static Sample sample(long nanos, Sample.Summary summary, List<Sample.Transfer> transfers,
            List<Sample.Peer> peers) {
        return new Sample(nanos, summary, transfers, peers,
                List.of(new Sample.Server("https://ci.example", 48, 11.0 * MIB, 120, 117, "", "best"),
                        new Sample.Server("https://out.example", 0, 0, 3, 0, "refused", "waits until later")),
                List.of(new Sample.Finished("emacs-30.2", "done", "peers", 100 * MIB, 4.3,
                        "All of it came from 3 peers."),
                        new Sample.Finished("nothing-1.0", "not-claimed", "nowhere", 0, 0.5,
                                "Whoever asked was told that it cannot be had: no peer has said in time that it has it, and no server gives it.")),
                List.of(new Sample.Event(7, "12:00:01", "peer-connected", "0abc  192.0.2.1:6881"),
                        new Sample.Event(6, "12:00:00", "download-failed", "hello-2.12  nobody has it")),
                Map.of());
    }

    private static Sample sample(long nanos, List<Sample.Transfer> transfers, int peers) {
        return sample(nanos, summary(0, 0), transfers,
                IntStream.range(0, peers).mapToObj(i -> peer(i, 0, 0)).toList());
    }

    private static Sample.Transfer transfer(long id, String state, long verified, long received) {
        return new Sample.Transfer(id, "item-" + id, state, 100 * MIB, verified, received, 3,
                state.equals("failed") ? "no peer has it" : "");
    }

    private static Focus on(Listing list) {
        return new Focus(list, Map.of(), false);
    }

    private List<String> draw(int width, int height, Sample sample, Focus focus) {
        List<AttributedString> lines = new Screen(width, height).draw(sample, speeds, focus, Optional.empty())
                .lines();
        lines.forEach(line -> assertTrue(width == 0 || line.columnLength() <= width, line::toString));
        return lines.stream().map(AttributedString::toString).toList();
    }

    private static String row(List<String> lines, String beginning) {
        return lines.stream().filter(line -> line.startsWith(beginning)).findFirst()
                .orElseThrow(() -> new AssertionError(beginning + " in " + lines));
    }

    @Test
    void aDownloadIsShownWithHowFastItIsAndWhatIsLeft() {
        speeds.note(sample(0, summary(0, 0), List.of(transfer(1, "blocks", 0, 0)), List.of(peer(1, 0, 0))));
        Sample now = sample(2 * SECOND, summary(25 * MIB, 3 * MIB),
                List.of(transfer(1, "blocks", 20 * MIB, 25 * MIB)),
                List.of(peer(0, 0, 0), peer(1, 5 * MIB, 7 * MIB)));
        speeds.note(now);
        List<String> lines = draw(0, 0, now, Focus.FIRST);
        assertTrue(lines.getFirst().contains("0peer") && lines.getFirst().contains("up 1 d 1 h"), lines::toString);
        assertEquals("12.5 MiB/s in  1.5 MiB/s out  2 peers  1 under way  12 seeds  77 builds seen"
                + "  13 provider records  DHT 204 nodes  from elsewhere: reachable, unknown", lines.get(1));
        String row = row(lines, "item-1");
        assertTrue(row.contains("100.0 MiB") && row.contains("20 %") && row.contains("███░░░░░░░░░░░░░"), row);
        // 80 MiB at 12.5 MiB/s.
        assertTrue(row.contains("12.5 MiB/s") && row.contains(" 6 s ") && row.endsWith("blocks"), row);
        String peer = lines.getLast();
        assertTrue(peer.matches("peer1 +2.5 MiB/s +3.5 MiB/s +4.3 ms +1.00 by us +192.0.2.1:6881 +guix-p2p/0.9"), peer);
        assertTrue(row(lines, "peer0").matches("peer0 +-1.00 by it +192.0.2.0:6881 +guix-p2p/0.9"), "no ping, no rate");
    }

    @Test
    void whyADownloadFailedStandsBesideIt() {
        Sample sample = sample(0, List.of(transfer(1, "failed", 5, 5)), 0);
        for (int width : List.of(0, 120, 80)) {
            assertTrue(row(draw(width, 24, sample, Focus.FIRST), "item-1").endsWith(" failed: no peer has it"));
        }
        assertTrue(row(draw(40, 24, sample, Focus.FIRST), "item-1").endsWith(" failed: no peer"));
    }

    /** What matters most is there on a narrow terminal too, and nothing is left over to the right. */
    @Test
    void thereAreAsManyColumnsAsFit() {
        speeds.note(sample(0, summary(0, 0), List.of(transfer(1, "blocks", 0, 0)), List.of(peer(1, 0, 0))));
        Sample now = sample(SECOND, summary(0, 0), List.of(transfer(1, "blocks", 20 * MIB, 12 * MIB)),
                List.of(peer(1, 5 * MIB, 7 * MIB)));
        speeds.note(now);
        List<String> usual = draw(80, 24, now, Focus.FIRST);
        assertTrue(row(usual, "DOWNLOADS").matches("DOWNLOADS +SIZE +DONE +RATE +LEFT FROM STATE"), usual::toString);
        assertTrue(row(usual, "item-1").endsWith("blocks"), usual::toString);
        assertTrue(row(usual, "PEERS").matches("PEERS +DOWN +UP +LATENCY SCORE ADDRESS *"), usual::toString);
        List<String> narrow = draw(40, 24, now, Focus.FIRST);
        assertTrue(row(narrow, "DOWNLOADS").matches("DOWNLOADS +DONE STATE"), narrow::toString);
        assertTrue(row(narrow, "item-1").matches("item-1 +20 % blocks"), narrow::toString);
        assertTrue(row(narrow, "peer1").matches("peer1 +5.0 MiB/s +7.0 MiB/s"), narrow::toString);
        for (String figure : List.of("0 B/s in", "0 B/s out", "77 builds seen", "13 provider records")) {
            assertTrue(narrow.stream().anyMatch(line -> line.contains(figure)), narrow::toString);
        }
    }

    @Test
    void serversAndWhatIsOverAndWhatHappenedAreListsOfTheirOwn() {
        Sample now = sample(0, List.of(), 1);
        List<String> servers = draw(80, 24, now, on(Listing.SERVERS));
        assertTrue(row(servers, "https://ci.example").matches("https://ci.example +48 ms +11.0 MiB/s +97 %"),
                servers::toString);
        assertEquals("    waits until later", servers.getLast());
        assertFalse(servers.stream().anyMatch(line -> line.startsWith("PEERS")), servers::toString);
        List<String> finished = draw(80, 24, now, on(Listing.FINISHED));
        assertTrue(row(finished, "emacs-30.2").matches("emacs-30.2 +done +100.0 MiB +4.3 s peers"), finished::toString);
        assertTrue(row(finished, "nothing-1.0").contains("not promised"), finished::toString);
        // All of the answer, in lines.
        assertTrue(String.join(" ", draw(40, 24, now, on(Listing.FINISHED))).replaceAll(" +", " ")
                .contains("no peer has said in time that it has it, and no server gives it."));
        List<String> events = draw(40, 24, now, on(Listing.EVENTS));
        assertTrue(row(events, "12:00:01").matches("12:00:01 peer-connected +0abc +.*"), events::toString);
        assertTrue(row(draw(80, 24, now, on(Listing.EVENTS)), "12:00:00").endsWith("hello-2.12  nobody has it"));
    }

    /** What has answers of one line up to five in turn. */
    private static Sample finished(int rows) {
        Sample other = sample(0, List.of(), 0);
        List<Sample.Finished> finished = IntStream.range(0, rows).mapToObj(row -> new Sample.Finished("row-" + row,
                "done", "peers", MIB, 1, "some words of an answer ".repeat(1 + 2 * (row % 5)).strip())).toList();
        return new Sample(0, other.summary(), List.of(), List.of(), List.of(), finished, List.of(), Map.of());
    }

    /** The last row of a page may not be whole: the next one begins with it. */
    @Test
    void pagesPassOverNoRowUnseen() {
        Sample now = finished(60);
        for (int height : List.of(12, 24, 50)) {
            Screen screen = new Screen(40, height);
            Focus focus = on(Listing.FINISHED);
            List<Integer> pressed = new ArrayList<>();
            for (boolean down : List.of(true, false)) {
                int pages = 0;
                for (; pages < 200 && focus.from(Listing.FINISHED) != (down ? 59 : 0); pages++) {
                    Screen.Turn turn = turn(screen, now, focus);
                    Focus next = focus.moved(down ? turn.down() : -turn.up()).within(now);
                    // All between the tops of both pages is on the upper one.
                    Focus upper = down ? focus : next;
                    int moved = Math.abs(next.from(Listing.FINISHED) - focus.from(Listing.FINISHED));
                    assertTrue(moved > 0 && moved <= turn(screen, now, upper).down(), () -> "moved by " + moved);
                    focus = next;
                }
                pressed.add(pages);
            }
            assertTrue(Math.abs(pressed.getFirst() - pressed.getLast()) <= 1 && pressed.getFirst() < 60,
                    pressed::toString);
        }
    }

    private Screen.Turn turn(Screen screen, Sample sample, Focus focus) {
        return screen.draw(sample, speeds, focus, Optional.empty()).turn();
    }

    @Test
    void anAnswerThatIsCutSaysSoAndIsWrappedByItsWidth() {
        Sample other = sample(0, List.of(), 0);
        for (String word : List.of("words", "\u5317\u4eac")) {
            Sample now = new Sample(0, other.summary(), List.of(), List.of(), List.of(),
                    List.of(new Sample.Finished("one", "done", "peers", MIB, 1, (word + " ").repeat(12).strip()),
                            new Sample.Finished("long", "done", "peers", MIB, 1, (word + " ").repeat(90).strip())),
                    List.of(), Map.of());
            List<String> lines = draw(40, 0, now, on(Listing.FINISHED));
            int one = lines.indexOf(row(lines, "one"));
            int cut = lines.indexOf(row(lines, "long"));
            assertEquals("    " + (word + " ").repeat(12).strip(),
                    "    " + String.join(" ", lines.subList(one + 1, cut)).replaceAll(" +", " ").strip());
            assertEquals(5, lines.size() - cut, lines::toString);
            assertTrue(lines.getLast().endsWith("…"), lines::toString);
        }
    }

    /** An older node does not know each question. */
    @Test
    void whatTheNodeDoesNotSayIsShownAsThat() {
        Sample other = sample(0, List.of(), 1);
        Sample now = new Sample(0, other.summary(), List.of(), other.peers(), other.servers(), List.of(), List.of(),
                Map.of(Listing.FINISHED, "the node says: nothing of that"));
        List<String> lines = draw(80, 24, now, on(Listing.FINISHED));
        assertEquals(List.of("Not shown:", "    the node says: nothing of that"),
                lines.subList(lines.size() - 2, lines.size()));
        assertFalse(String.join("", draw(80, 24, now, on(Listing.SERVERS))).contains("Not shown"));
    }

    @Test
    void namesAreCutByTheirWidthOnATerminal() {
        Sample sample = sample(0, List.of(new Sample.Transfer(1, "\u5317".repeat(30), "blocks", 4, 1, 1, 1, "")), 0);
        for (int width : List.of(120, 80, 40)) {
            List<String> lines = draw(width, 24, sample, Focus.FIRST);
            AttributedString title = new AttributedString(row(lines, "DOWNLOADS"));
            AttributedString row = new AttributedString(row(lines, "\u5317"));
            assertEquals(title.toString().indexOf("STATE"),
                    row.columnSubSequence(0, width).columnLength() - "blocks".length(), lines::toString);
        }
    }

    @Test
    void speedIsThatOfTheLastSeconds() {
        for (int second = 0; second <= 20; second++) {
            long received = second <= 10 ? second * MIB : 10 * MIB;
            speeds.note(sample(second * SECOND, List.of(transfer(1, "blocks", 0, received)), 0));
        }
        assertEquals(0, speeds.of(transfer(1, "blocks", 0, 10 * MIB)));
    }

    /** It was not there before, and what it has by then may be old. */
    @Test
    void speedIsCountedFromWhenSomethingWasFirstSeen() {
        speeds.note(sample(0, List.of(), 0));
        speeds.note(sample(SECOND, List.of(transfer(1, "blocks", 0, 50 * MIB)), 0));
        assertEquals(0, speeds.of(transfer(1, "blocks", 0, 50 * MIB)));
        speeds.note(sample(2 * SECOND, List.of(transfer(1, "blocks", 0, 52 * MIB)), 0));
        assertEquals(2.0 * MIB, speeds.of(transfer(1, "blocks", 0, 52 * MIB)));
    }

    @Test
    void whatIsOverHasNoSpeed() {
        speeds.note(sample(0, List.of(transfer(3, "blocks", 0, 7)), 0));
        Sample now = sample(SECOND, summary(100 * MIB, 0), List.of(transfer(3, "done", 100 * MIB, 100 * MIB)),
                List.of());
        speeds.note(now);
        assertEquals(0, speeds.of(now.transfers().getFirst()));
        assertEquals(100.0 * MIB, speeds.ofAll(false), "it came within that second");
        assertTrue(draw(0, 0, now, Focus.FIRST).stream().anyMatch(line -> line.contains("100 %")));
    }

    @Test
    void bothListsHaveRoomWhenThereIsLittle() {
        List<Sample.Transfer> many = IntStream.range(0, 100).mapToObj(i -> transfer(i, "providers", 0, 0)).toList();
        Focus focus = new Focus(Listing.PEERS, Map.of(Listing.DOWNLOADS, 5, Listing.PEERS, 40), false);
        for (int width : List.of(80, 40)) {
            List<String> lines = draw(width, 24, sample(0, many, 100), focus);
            assertTrue(lines.size() <= 23, () -> lines.size() + " lines");
            assertTrue(lines.stream().anyMatch(line -> line.startsWith("item-5 ")), lines::toString);
            assertFalse(lines.stream().anyMatch(line -> line.startsWith("item-4 ")), lines::toString);
            assertTrue(lines.stream().anyMatch(line -> line.startsWith("peer40 ")), lines::toString);
        }
    }

    @Test
    void noListIsLeftByItsEnd() {
        Focus beyond = Focus.FIRST.moved(50).next().moved(50);
        Focus within = beyond.within(sample(0, List.of(transfer(1, "blocks", 0, 0)), 3));
        assertEquals(List.of(Listing.PEERS, 0, 2),
                List.of(within.on(), within.from(Listing.DOWNLOADS), within.from(Listing.PEERS)));
        assertEquals(0, within.moved(-50).from(Listing.PEERS));
        assertEquals(Listing.EVENTS, Focus.FIRST.before().on());
        assertEquals(Listing.DOWNLOADS, Focus.FIRST.before().next().on());
    }

    /** Names come from servers, and what peers call themselves from them. */
    @Test
    void nothingThatOthersSaySteersTheTerminal() {
        Sample.Peer peer = Sample.Peer.of(ConfigFactory.parseString(
                "{\"peer_id\":\"p\",\"address\":\"192.0.2.1:1\",\"agent\":\"a\\u001b[2Jb\",\"inbound\":true,\"score\":0,"
                        + "\"received_bytes\":0,\"sent_bytes\":0}"));
        assertEquals("a\\x1b[2Jb", peer.agent());
        Sample.Transfer transfer = Sample.Transfer.of(ConfigFactory.parseString(
                "{\"id\":1,\"store_path\":\"/gnu/store/0000000000000000000000000000000b-he\\u0007llo\",\"state\":\"done\","
                        + "\"nar_bytes\":-1,\"verified_bytes\":0,\"received_bytes\":0,\"providers\":0}"));
        assertEquals("he\\x07llo", transfer.name());
        Sample.Event event = Sample.Event.of(ConfigFactory.parseString("{\"number\":1,\"at\":\"2026-11-28T00:00:00Z\","
                + "\"type\":\"peer-lost\",\"peerId\":\"0123456789abcdef\",\"address\":\"192.0.2.1:1\",\"reason\":\"by\\u001be\"}"));
        assertEquals("0123456789…  192.0.2.1:1  by\\x1be", event.what());
    }
}
