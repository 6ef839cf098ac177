// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Lines are those of {@code /proc/net/route}. */
class RouteTest {
    private static final String HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";

    private static String line(String destination, String gateway, String flags, String metric, String mask) {
        return "eth0\t" + destination + "\t" + gateway + "\t" + flags + "\t0\t0\t" + metric + "\t" + mask + "\t0\t0\t0";
    }

    /** In the machine's own order. */
    private static String hex(int a, int b, int c, int d) {
        byte[] bytes = {(byte) a, (byte) b, (byte) c, (byte) d};
        byte[] reversed = {bytes[3], bytes[2], bytes[1], bytes[0]};
        return HexFormat.of().withUpperCase()
                .formatHex(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? reversed : bytes);
    }

    @Test
    void theBestDefaultRouteCounts() {
        String near = hex(192, 168, 1, 1);
        String far = hex(10, 0, 0, 1);
        assertEquals(Optional.of(InetAddress.ofLiteral("192.168.1.1")),
                Route.router(List.of(HEAD, line("00000000", far, "0003", "600", "00000000"),
                        line("00000000", near, "0003", "100", "00000000"),
                        line("0001A8C0", "00000000", "0001", "0", "00FFFFFF"))));
    }

    /** As a tunnel makes it. */
    @Test
    void theRouterBehindABetterRouteWithoutOneIsNotAsked() {
        String home = line("00000000", hex(192, 168, 1, 1), "0003", "600", "00000000");
        assertEquals(Optional.empty(),
                Route.router(List.of(HEAD, home, line("00000000", "00000000", "0001", "50", "00000000"))));
        assertEquals(Optional.of(InetAddress.ofLiteral("192.168.1.1")), Route.router(List.of(HEAD, home,
                line("00000000", "00000000", "0001", "700", "00000000"),
                line("00000000", "00000000", "0000", "50", "00000000"))));
    }

    @Test
    void whatIsNoRouteByARouterIsPassedOver() {
        String router = hex(192, 168, 1, 1);
        assertEquals(Optional.empty(), Route.router(List.of()));
        assertEquals(Optional.empty(), Route.router(List.of(HEAD, "", "eth0\t00000000",
                line("00000000", "00000000", "0001", "0", "00000000"),
                line("00000000", router, "0002", "0", "00000000"),
                line("00000000", router, "0003", "0", "00FFFFFF"),
                line("00000000", "nonsense", "0003", "0", "00000000"),
                line("00000000", router, "0003", "-", "00000000"))));
    }
}
