// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.guixp2p.api.BlockMap;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.harness.process.ProcessTable;
import org.guixp2p.harness.world.NodeApi;
import org.guixp2p.harness.world.NodeProcess;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The victims are real processes. */
@Timeout(60)
class SeederKillerTest {
    private final ProcessTable table = new ProcessTable();
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<NodeProcess> seeders = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        for (int i = 0; i < 2; i++) {
            PeerId id = new PeerId(Sha256.hash(new byte[]{(byte) i}));
            seeders.add(new NodeProcess("seeder-" + i, table.start("seeder-" + i, new ProcessBuilder("sleep", "1000")),
                    new PeerAddress(id, new HostAndPort("127.0.0.1", 1)), new NodeApi(http, "127.0.0.1:1"),
                    Path.of("/none"), Path.of("/none"), Optional.empty()));
        }
    }

    @AfterEach
    void end() {
        table.close();
        http.close();
    }

    private TransferStatus transfer(String state, long first, long second) {
        List<TransferStatus.Source> sources = new ArrayList<>();
        if (first > 0) {
            sources.add(new TransferStatus.Source(seeders.get(0).address().id().toString(), first));
        }
        sources.add(new TransferStatus.Source(seeders.get(1).address().id().toString(), second));
        return new TransferStatus(1, "item", "hash", 900, state, 0, 0, 2, sources, BlockMap.NONE, 0, 0, 0, 0, null);
    }

    @Test
    void theOneThatHasDeliveredMostDiesWhenAThirdIsThere() throws Exception {
        SeederKiller killer = new SeederKiller(seeders);
        killer.accept(transfer("providers", 0, 0));
        killer.accept(transfer("blocks", 149, 150));
        assertEquals(Optional.empty(), killer.killed());
        killer.accept(transfer("blocks", 151, 150));
        assertEquals(Optional.of(new DemoReport.Killed(seeders.get(0).address().id().toString(), "seeder-0", 151,
                301, 900)), killer.killed());
        assertTrue(seeders.get(0).child().process().waitFor(30, TimeUnit.SECONDS));
        assertEquals(137, seeders.get(0).child().process().exitValue());
        killer.accept(transfer("blocks", 151, 400));
        assertTrue(seeders.get(1).child().isAlive());
    }

    @Test
    void nobodyDiesWhenAllIsOver() {
        SeederKiller killer = new SeederKiller(seeders);
        killer.accept(transfer("blocks", 450, 450));
        killer.accept(transfer("done", 300, 300));
        assertEquals(Optional.empty(), killer.killed());
        assertEquals(2, table.running().size());
    }

    @Test
    void onlyThoseWhoMayBeChosenAre() {
        SeederKiller killer = new SeederKiller(List.of(seeders.get(1)));
        killer.accept(transfer("blocks", 400, 0));
        assertEquals(Optional.empty(), killer.killed());
        killer.accept(transfer("blocks", 400, 10));
        assertEquals(Optional.of("seeder-1"), killer.killed().map(DemoReport.Killed::name));
        assertTrue(seeders.get(0).child().isAlive());
    }
}
