// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;

/** What a picture shows, and how fast things are. */
class ScreenTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MIB = 1 << 20;

    private final Speeds speeds = new Speeds();

    private static Sample sample(long nanos, List<Sample.Transfer> transfers, int peers) {
        return new Sample(nanos, new Sample.Summary("0peer", "0.9", 90_061, "p2p-first", "world",
                "reachable, unknown", 204, 12), transfers,
                IntStream.range(0, peers).mapToObj(i -> new Sample.Peer("peer" + i, "192.0.2." + i + ":6881",
                        "guix-p2p/0.9", i % 2 == 0, i == 0 ? -1 : 1)).toList());
    }

    private static Sample.Transfer transfer(long id, String state, long verified, long received) {
        return new Sample.Transfer(id, "item-" + id, state, 100 * MIB, verified, received, 3);
    }

    private List<String> draw(int width, int height, Sample sample, Focus focus) {
        List<AttributedString> lines = new Screen(width, height).draw(sample, speeds, focus, Optional.empty());
        lines.forEach(line -> assertTrue(width == 0 || line.columnLength() <= width, line::toString));
        return lines.stream().map(AttributedString::toString).toList();
    }

    @Test
    void aDownloadIsShownWithHowFastItIsAndWhatIsLeft() {
        speeds.note(sample(0, List.of(transfer(1, "blocks", 0, 0)), 0));
        Sample now = sample(2 * SECOND, List.of(transfer(1, "blocks", 20 * MIB, 25 * MIB)), 2);
        speeds.note(now);
        List<String> lines = draw(0, 0, now, Focus.FIRST);
        assertTrue(lines.getFirst().contains("0peer") && lines.getFirst().contains("up 1 d 1 h"), lines::toString);
        assertTrue(lines.get(1).startsWith("2 peers  12 seeds  DHT 204 nodes"), lines::toString);
        assertTrue(lines.get(1).contains("12.5 MiB/s in"), lines::toString);
        String row = lines.stream().filter(line -> line.startsWith("item-1")).findFirst().orElseThrow();
        assertTrue(row.contains("100.0 MiB") && row.contains("20 %") && row.contains("███░░░░░░░░░░░░░"), row);
        // 80 MiB at 12.5 MiB/s.
        assertTrue(row.contains("12.5 MiB/s") && row.contains(" 6 s ") && row.endsWith("blocks"), row);
        assertTrue(lines.getLast().startsWith("peer1 ") && lines.getLast().contains("by us"), lines::toString);
    }

    @Test
    void speedIsThatOfTheLastSeconds() {
        for (int second = 0; second <= 20; second++) {
            long received = second <= 10 ? second * MIB : 10 * MIB;
            speeds.note(sample(second * SECOND, List.of(transfer(1, "blocks", 0, received)), 0));
        }
        assertEquals(0, speeds.of(transfer(1, "blocks", 0, 10 * MIB)));
    }

    @Test
    void whatIsOverHasNoSpeed() {
        speeds.note(sample(0, List.of(transfer(3, "done", 0, 7)), 0));
        Sample now = sample(SECOND, List.of(transfer(4, "done", 100 * MIB, 100 * MIB), transfer(2, "done", 5, 5)), 0);
        speeds.note(now);
        assertEquals(0, speeds.of(now.transfers().getFirst()));
        assertEquals(100.0 * MIB, speeds.ofAll(now), "it came within that second");
        assertTrue(draw(0, 0, now, Focus.FIRST).stream().anyMatch(line -> line.contains("100 %")));
    }

    @Test
    void bothListsHaveRoomWhenThereIsLittle() {
        List<Sample.Transfer> many = IntStream.range(0, 100).mapToObj(i -> transfer(i, "providers", 0, 0)).toList();
        List<String> lines = draw(80, 24, sample(0, many, 100), new Focus(true, 5, 40, false));
        assertTrue(lines.size() <= 23, () -> lines.size() + " lines");
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("item-5 ")), lines::toString);
        assertFalse(lines.stream().anyMatch(line -> line.startsWith("item-4 ")), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("peer40 ")), lines::toString);
    }

    @Test
    void noListIsLeftByItsEnd() {
        Focus beyond = new Focus(false, 0, 0, false).moved(50).other().moved(50);
        Focus within = beyond.within(sample(0, List.of(transfer(1, "blocks", 0, 0)), 3));
        assertEquals(new Focus(true, 0, 2, false), within);
        assertEquals(0, within.moved(-50).peers());
    }

    /** Names come from servers, and what peers call themselves from them. */
    @Test
    void nothingThatOthersSaySteersTheTerminal() {
        Sample.Peer peer = Sample.Peer.of(ConfigFactory.parseString(
                "{\"peer_id\":\"p\",\"address\":\"192.0.2.1:1\",\"agent\":\"a\\u001b[2Jb\",\"inbound\":true,\"score\":0}"));
        assertEquals("a\\x1b[2Jb", peer.agent());
        Sample.Transfer transfer = Sample.Transfer.of(ConfigFactory.parseString(
                "{\"id\":1,\"store_path\":\"/gnu/store/0000000000000000000000000000000b-he\\u0007llo\",\"state\":\"done\","
                        + "\"nar_bytes\":-1,\"verified_bytes\":0,\"received_bytes\":0,\"providers\":0}"));
        assertEquals("he\\x07llo", transfer.name());
    }
}
