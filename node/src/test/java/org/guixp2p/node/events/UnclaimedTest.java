// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.download.NarRequest;
import org.guixp2p.node.download.PeersOver;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Verdict;
import org.junit.jupiter.api.Test;

/** What is remembered of items that were not promised. */
class UnclaimedTest {
    private final NodeJournal journal = new NodeJournal(InstantSource.system());

    private static StorePath path(int number) {
        return new StorePath("%032d-x".formatted(number));
    }

    private static NotClaimed unknown(int number) {
        return new NotClaimed(path(number), Optional.empty(), Duration.ofMillis(number), Duration.ZERO);
    }

    @Test
    void ofEachItemTheLastWordIsKept() {
        journal.claims().notClaimed(unknown(1));
        journal.claims().notClaimed(unknown(2));
        journal.claims().notClaimed(unknown(1));
        assertEquals(List.of(path(1).path(), path(2).path()),
                journal.notClaimed().stream().map(BuildStatus::storePath).toList());
        BuildStatus one = journal.notClaimed().getFirst();
        assertEquals(List.of(new BuildStatus.Phase("metadata", 0.001)), one.phases());
        assertEquals("", one.narHash());
        assertTrue(one.isOf(path(1).baseName()) && !one.isOf(""));
        assertEquals(List.of(), journal.builds());
    }

    @Test
    void whyItsLastNarinfoDidNotCountIsSaid() {
        journal.narinfos().judged(path(1), "https://server.example", new Verdict.Unsigned(path(1)));
        journal.claims().notClaimed(unknown(1));
        assertEquals("Whoever asked was told that it cannot be had: what https://server.example says does not count: "
                + new Verdict.Unsigned(path(1)).reason() + ".",
                journal.notClaimed().getFirst().answer());
    }

    @Test
    void whatWasPromisedSinceIsNotTold() {
        journal.claims().notClaimed(unknown(1));
        journal.claims().claimed(path(1));
        assertEquals(List.of(), journal.notClaimed());
    }

    /** That peers were asked about it would be the opposite of what happened. */
    @Test
    void aPrivateItemWasNotLookedForAmongPeers() {
        journal.claims().notClaimed(new NotClaimed(path(1), Optional.of(new NotClaimed.Known(
                new NarHash(Sha256.hash(new byte[1])), Optional.of(new NarSize(7)), PeersOver.PRIVATE, "no server")),
                Duration.ofNanos(10), Duration.ofNanos(10)));
        BuildStatus build = journal.notClaimed().getFirst();
        assertEquals(List.of(List.of(), List.of(), "private", 7L),
                List.of(build.phases(), build.turns(), String.valueOf(build.whyNotPeers()), build.narBytes()));
    }

    @Test
    void whatIsFetchedAfterAllWasNotRefused() {
        journal.claims().notClaimed(unknown(1));
        var _ = journal.downloads(_ -> {}).begun(new NarRequest(path(1), new NarHash(Sha256.hash(new byte[1])),
                new NarSize(1000), new byte[0], List.of(), true, true, SubstitutePolicy.P2P_FIRST, AutoSeed.OFF));
        assertEquals(List.of(), journal.notClaimed());
    }

    @Test
    void ofManyTheLatestAreKept() {
        for (int i = 0; i < Unclaimed.MOST + 5; i++) {
            journal.claims().notClaimed(unknown(i));
        }
        List<BuildStatus> all = journal.notClaimed();
        assertEquals(Unclaimed.MOST, all.size());
        assertEquals(path(Unclaimed.MOST + 4).path(), all.getFirst().storePath());
        assertEquals(path(5).path(), all.getLast().storePath());
    }
}
