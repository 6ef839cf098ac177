// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Fallback;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SeedQuota;
import org.guixp2p.node.config.SeedStore;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.testing.TestMirrors;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.mirrors.Standing;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.item.NamePattern;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

/** Which servers nobody named, and which of them are asked. */
class FoundServersTest {
    private static final Path NOWHERE = Path.of("/nonexistent");
    private static final String HASH = "a".repeat(32);

    private final Mirrors mirrors = TestMirrors.unknown();
    private long now;
    private final FoundServers found = found("http://10.0.0.7:8080", "http://10.0.0.8");

    private FoundServers found(String... named) {
        return new FoundServers(new NodeConfig(
                new NodeConfig.Substitutes(SubstitutePolicy.P2P_FIRST, Stream.of(named).map(URI::create).toList(), 1,
                        NOWHERE),
                new NodeConfig.Seeding(Share.OFF, List.of(), List.of(), AutoSeed.P2P, SeedQuota.USUAL,
                        new NodeConfig.Store(SeedStore.OFF, List.of(), List.of(new NamePattern("secret-*")))),
                new NodeConfig.Network(List.of(), List.of(), List.of(), 50),
                new NodeConfig.Transfers(Duration.ofSeconds(5), Duration.ofSeconds(5), 8, ByteRate.UNLIMITED,
                        ByteRate.UNLIMITED),
                new NodeConfig.Files(NOWHERE, NOWHERE, NOWHERE),
                new NodeConfig.Bridge(NOWHERE, Optional.empty(), Fallback.NONE), Optional.empty(), Level.INFO),
                mirrors, () -> now);
    }

    private static ServerUrl server(int number) {
        return new ServerUrl(URI.create("http://10.1." + number / 256 + "." + number % 256 + ":8080"));
    }

    private static List<URI> uris(ServerUrl... servers) {
        return Stream.of(servers).map(ServerUrl::uri).toList();
    }

    @Test
    void theyDoNotHearOfWhatTheUserKeepsFromOthers() {
        assertFalse(found.mayHearOf(new StorePath(HASH + "-secret-plan")));
        assertTrue(found.mayHearOf(new StorePath(HASH + "-open-secret-plan")));
    }

    @Test
    void whomTheSettingsNameIsNoStranger() {
        for (String url : List.of("http://10.0.0.7:8080", "http://10.0.0.7:8080/other", "http://10.0.0.8:80")) {
            ServerUrl named = new ServerUrl(URI.create(url));
            found.appeared(named);
            assertFalse(found.isAt(named.uri()), url);
        }
        assertEquals(List.of(), found.besides(List.of()));
        assertEquals(List.of(), mirrors.table());
        ServerUrl other = new ServerUrl(URI.create("http://10.0.0.7:8081"));
        found.appeared(other);
        assertTrue(found.isAt(other.narinfo(new StorePath(HASH + "-hello"))));
        assertEquals(uris(other), found.besides(List.of()));
    }

    @Test
    void whoIsThereIsAStrangerHoweverManyComeAndGo() {
        found.appeared(server(0));
        for (int i = 1; i <= FoundServers.REMEMBERED; i++) {
            found.appeared(server(i));
            found.disappeared(server(i));
        }
        assertTrue(found.isAt(server(0).uri()));
        assertFalse(found.isAt(server(1).uri()), "one had to go");
        assertTrue(found.isAt(server(2).uri()));
        assertTrue(found.isAt(server(FoundServers.REMEMBERED).uri()), "questions to it may be under way");
    }

    /** Whoever is on the network can announce any server there. */
    @Test
    void whomAClientNamesIsNoStrangerFromThenOn() {
        found.appeared(server(1));
        found.appeared(server(2));
        assertTrue(found.isAt(server(1).uri()));
        found.besides(uris(server(1)));
        assertFalse(found.isAt(server(1).uri()));
        assertTrue(found.isAt(server(2).uri()));
        found.disappeared(server(1));
        found.appeared(server(1));
        assertFalse(found.isAt(server(1).uri()));
        assertEquals(List.of(server(2)),
                mirrors.table().stream().filter(Standing::found).map(Standing::server).toList());
    }

    @Test
    void whomNobodyAnnouncedIsNotRemembered() {
        found.besides(uris(server(1)));
        found.appeared(server(1));
        assertTrue(found.isAt(server(1).uri()));
    }

    /** With others to be asked, all questions are put anew. */
    @Test
    void thoseWhoAreAskedDoNotChangeAllTheTime() {
        found.appeared(server(1));
        assertEquals(uris(server(1)), found.besides(List.of()), "the first one at once");
        found.appeared(server(2));
        now += FoundServers.SETTLED.toNanos() - 1;
        found.appeared(server(3));
        assertEquals(uris(server(1)), found.besides(List.of()));
        now++;
        assertEquals(uris(server(1), server(2), server(3)), found.besides(List.of()));
        found.disappeared(server(1));
        assertEquals(uris(server(2), server(3)), found.besides(List.of()), "whoever left is not asked");
        found.appeared(server(1));
        found.disappeared(server(1));
        found.appeared(server(1));
        assertEquals(uris(server(2), server(3)), found.besides(List.of()));
        now += FoundServers.SETTLED.toNanos();
        assertEquals(uris(server(2), server(3), server(1)), found.besides(List.of()));
    }
}
