// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.portmap.NatPmp;

/**
 * The way out of this network in IPv4.
 *
 * @param router the next hop of the default route
 * @param own this machine's address towards it
 */
record Route(InetAddress router, InetAddress own) {
    private static final String ANY = "00000000";
    /** {@code RTF_UP} and {@code RTF_GATEWAY}. */
    private static final int UP = 1;
    private static final int BY_A_ROUTER = 2;
    private static final int FIELDS = 8;

    private record Entry(Optional<InetAddress> router, int metric) {}

    /** The one of this machine, as Linux tells it ({@code proc_net_route}); nothing when there is no router. */
    static Optional<Route> find() {
        try {
            Optional<InetAddress> router = router(Files.readAllLines(Path.of("/proc/net/route"), US_ASCII));
            return router.isEmpty() ? Optional.empty() : Optional.of(new Route(router.get(), towards(router.get())));
        } catch (IOException e) {
            return Optional.empty(); // not Linux, or no network now
        }
    }

    /** The router of the best default route in the table's lines; nothing when that is by none, but through a tunnel, say. */
    static Optional<InetAddress> router(List<String> lines) {
        return lines.stream().skip(1).map(line -> line.split("\\s+", -1)).filter(Route::isDefault).map(Route::entry)
                .min(Comparator.comparingInt(Entry::metric)).flatMap(Entry::router);
    }

    /** Iface, Destination, Gateway, Flags, RefCnt, Use, Metric, Mask. */
    private static boolean isDefault(String[] fields) {
        return fields.length >= FIELDS && fields[1].equals(ANY) && fields[7].equals(ANY)
                && fields[2].matches("[0-9A-Fa-f]{8}") && fields[3].matches("[0-9A-Fa-f]{1,4}")
                && (HexFormat.fromHexDigits(fields[3]) & UP) != 0 && fields[6].matches("[0-9]{1,9}");
    }

    /** The kernel writes the address as a number of the machine's own byte order. */
    private static Entry entry(String[] fields) {
        byte[] address = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder())
                .putInt(HexFormat.fromHexDigits(fields[2]))
                .array();
        boolean byARouter = (HexFormat.fromHexDigits(fields[3]) & BY_A_ROUTER) != 0;
        return new Entry(byARouter ? Optional.of(NatPmp.address(address)) : Optional.empty(),
                Integer.parseInt(fields[6]));
    }

    private static InetAddress towards(InetAddress router) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(router, NatPmp.PORT));
            return socket.getLocalAddress();
        }
    }
}
