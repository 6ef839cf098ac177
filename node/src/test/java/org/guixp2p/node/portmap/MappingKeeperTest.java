// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MappingKeeperTest {
    private StandInRouter router;
    private StandInIgd igd;
    private Optional<Route> route = Optional.empty();

    @BeforeEach
    void start() throws IOException {
        router = new StandInRouter();
        igd = new StandInIgd();
        route = Optional.of(router.route());
    }

    @AfterEach
    void stop() {
        router.close();
        igd.close();
    }

    private MappingKeeper keeper() {
        Random random = new Random(4);
        return new MappingKeeper(6881, true, () -> route, found -> List.of(new PcpClient(router.at(), random),
                new NatPmpClient(router.at()), new IgdClient(igd.route(), igd.at(), random)));
    }

    private static Optional<HostAndPort> outside(int port) {
        return Optional.of(new HostAndPort("203.0.113.5", port));
    }

    private long asked(String what) {
        return router.asked.stream().filter(line -> line.startsWith(what)).count();
    }

    @Test
    void theFirstProtocolThatTheRouterSpeaksIsKept() {
        MappingKeeper keeper = keeper();
        assertEquals(MappingKeeper.LATEST, keeper.round());
        assertEquals(outside(7881), keeper.external());
        assertEquals(Optional.of("PCP"), keeper.protocol());
        // The port that it has is asked for again, and UDP gets the same.
        router.shift = 5;
        router.lifetime = 600;
        assertEquals(Duration.ofMinutes(5), keeper.round());
        assertEquals(outside(7881), keeper.external());
        assertEquals(2, asked("pcp udp 6881 7881 7200"));
        assertEquals(0, asked("natpmp"));
        keeper.release();
        assertEquals(Optional.empty(), keeper.external());
        assertEquals(1, asked("pcp tcp 6881 0 0"));
        assertEquals(1, asked("pcp udp 6881 0 0"));
    }

    @Test
    void theNextProtocolIsTriedWhenOneIsNotSpoken() {
        router.speaksPcp = false;
        MappingKeeper keeper = keeper();
        keeper.round();
        assertEquals(Optional.of("NAT-PMP"), keeper.protocol());
        router.code = 3;
        MappingKeeper other = keeper();
        other.round();
        assertEquals(Optional.of("UPnP"), other.protocol());
        assertEquals(outside(6881), other.external());
    }

    @Test
    void aLifetimeOfAMomentOrOfYearsMovesNothing() {
        MappingKeeper keeper = keeper();
        router.lifetime = 1;
        assertEquals(MappingKeeper.SOONEST, keeper.round());
        router.lifetime = Integer.MAX_VALUE;
        assertEquals(MappingKeeper.LATEST, keeper.round());
    }

    @Test
    void whatIsOfNoUseIsGivenUp() {
        igd.address = "0.0.0.0";
        for (String address : List.of("192.168.7.7", "100.64.0.1", "127.0.0.1", "224.0.0.1", "0.0.0.0")) {
            router.address = InetAddress.ofLiteral(address);
            MappingKeeper keeper = keeper();
            keeper.round();
            assertEquals(Optional.empty(), keeper.external(), address);
        }
        assertEquals(5, asked("pcp tcp 6881 0 0"));
        assertEquals(5, asked("natpmp tcp 6881 0 0"));
        assertTrue(igd.mapped.isEmpty(), igd.mapped::toString);
        router.address = InetAddress.ofLiteral("203.0.113.5");
        // A port that only a privileged program may have.
        router.shift = 80 - 6881;
        MappingKeeper keeper = keeper();
        keeper.round();
        assertEquals(Optional.empty(), keeper.external());
    }

    @Test
    void whoFailsIsAskedMoreAndMoreRarelyAndEveryProtocolAnew() {
        router.code = 4;
        igd.address = "";
        MappingKeeper keeper = keeper();
        Duration pause = MappingKeeper.FIRST_PAUSE;
        for (int i = 0; i < 8; i++) {
            assertEquals(pause, keeper.round());
            pause = pause.multipliedBy(2).compareTo(MappingKeeper.LAST_PAUSE) < 0
                    ? pause.multipliedBy(2)
                    : MappingKeeper.LAST_PAUSE;
        }
        router.code = 0;
        keeper.round();
        assertEquals(outside(7881), keeper.external());
        // It has begun anew, and speaks something else.
        router.speaksPcp = false;
        assertEquals(MappingKeeper.FIRST_PAUSE, keeper.round());
        assertEquals(Optional.empty(), keeper.external());
        keeper.round();
        assertEquals(Optional.of("NAT-PMP"), keeper.protocol());
    }

    @Test
    void onAnotherNetworkAllBeginsAnew() {
        MappingKeeper keeper = keeper();
        keeper.round();
        route = Optional.empty();
        assertEquals(MappingKeeper.FIRST_PAUSE, keeper.round());
        assertEquals(Optional.empty(), keeper.external());
        route = Optional.of(new Route(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("127.0.0.2")));
        keeper.round();
        assertEquals(outside(7881), keeper.external());
    }

    @Test
    void thatNothingIsMappedIsToldAfterTheFirstRound() throws InterruptedException {
        route = Optional.empty();
        BlockingQueue<Optional<HostAndPort>> told = new LinkedBlockingQueue<>();
        try (PortMapping mapping = PortMapping.start(keeper(), told::add)) {
            assertEquals(Optional.empty(), told.poll(30, TimeUnit.SECONDS));
            assertEquals(Optional.empty(), mapping.state());
        }
    }

    @Test
    void itIsToldAndGivenUpAtTheEnd() throws InterruptedException {
        BlockingQueue<Optional<HostAndPort>> told = new LinkedBlockingQueue<>();
        try (PortMapping mapping = PortMapping.start(keeper(), told::add)) {
            assertEquals(outside(7881), told.poll(30, TimeUnit.SECONDS));
            assertEquals(Optional.of(new PortMapping.State(outside(7881).orElseThrow(), "PCP")), mapping.state());
        }
        assertEquals(1, asked("pcp tcp 6881 0 0"));
        assertEquals(1, asked("pcp udp 6881 0 0"));
    }
}
