// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.AddressScope;

/**
 * What a peer says of where it is: the value of a mutable item (BEP 44) that is signed by the peer's own key (docs/wire-protocol.md,
 * with a vector). Who finds somebody there still has to see by the handshake who that is.
 *
 * @param addresses at which it accepts connections, those of IPv4 first: of the world, up to {@link #MOST} of each family, at least one
 */
public record Whereabouts(List<InetSocketAddress> addresses) {
    /** Of each family. */
    public static final int MOST = 4;
    /** Keeps this item apart from others of the same key. */
    public static final Octets SALT = Octets.ascii("guix-p2p/peer/1");

    private static final int FIRST_PORT = 1024;
    private static final int VERSION = 1;
    private static final Map<AddressFamily, String> KEYS = new EnumMap<>(
            Map.of(AddressFamily.IPV4, "4", AddressFamily.IPV6, "6"));

    public Whereabouts {
        List<InetSocketAddress> ipv4 = of(AddressFamily.IPV4, addresses);
        List<InetSocketAddress> ipv6 = of(AddressFamily.IPV6, addresses);
        if (addresses.isEmpty() || ipv4.size() > MOST || ipv6.size() > MOST
                || new HashSet<>(addresses).size() < addresses.size()
                || !addresses.stream().allMatch(Whereabouts::mayName)) {
            throw new IllegalArgumentException("different addresses of the world expected, up to " + MOST
                    + " of a family: " + addresses);
        }
        addresses = Stream.of(ipv4, ipv6).flatMap(List::stream).toList();
    }

    private static List<InetSocketAddress> of(AddressFamily family, List<InetSocketAddress> addresses) {
        return addresses.stream()
                .filter(address -> AddressFamily.of(Compact.requireResolved(address)) == family).toList();
    }

    /** Whether a record may name an address: it means the same machine everywhere, and the port is one that any user may take. */
    public static boolean mayName(InetSocketAddress address) {
        return address.getPort() >= FIRST_PORT
                && AddressScope.of(Compact.requireResolved(address)) == AddressScope.GLOBAL;
    }

    /**
     * The item to be kept.
     *
     * @param key the peer's
     * @param publicKey its raw public half
     * @param sequence higher than that of any record before
     * @throws InvalidKeyException when {@code key} is no Ed25519 key
     */
    public DhtItem.Mutable signed(PrivateKey key, Octets publicKey, long sequence) throws InvalidKeyException {
        return DhtItem.Mutable.sign(key, publicKey, SALT, sequence, encoded());
    }

    /** The value, bencoded. */
    public Octets encoded() {
        BencodeWriter value = new BencodeWriter().number("v", VERSION);
        KEYS.forEach((family, key) -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            of(family, addresses).forEach(address -> bytes.writeBytes(Compact.encode(address)));
            value.optionalString(key, Octets.of(bytes.toByteArray()));
        });
        return Octets.of(value.encoded());
    }

    /**
     * Reads a value, of which nothing is known but who has signed it. Keys that nobody knows are passed over.
     *
     * @throws FormatException when it is of another version, or no such record
     */
    public static Whereabouts decode(Octets value) throws FormatException {
        BencodeDict record = BencodeDict.read("record", value.shared(), DhtItem.MAX_VALUE);
        record.number("v", VERSION, VERSION);
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (Map.Entry<AddressFamily, String> of : KEYS.entrySet()) {
            int length = of.getKey().addressBytes() + Compact.PORT_BYTES;
            byte[] bytes = record.optionalString(of.getValue(), length, MOST * length).shared();
            if (bytes.length % length != 0) {
                throw new FormatException("record '" + of.getValue() + "': a multiple of " + length
                        + " bytes expected");
            }
            for (int from = 0; from < bytes.length; from += length) {
                InetSocketAddress address = Compact.address(Arrays.copyOfRange(bytes, from, from + length));
                if (AddressFamily.of(address.getAddress()) != of.getKey()) {
                    throw new FormatException("record: an address of IPv4 in the form of IPv6");
                }
                addresses.add(address);
            }
        }
        try {
            return new Whereabouts(addresses);
        } catch (IllegalArgumentException e) {
            throw new FormatException("record: " + e.getMessage(), e);
        }
    }
}
