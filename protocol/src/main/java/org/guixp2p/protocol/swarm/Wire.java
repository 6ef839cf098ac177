// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.net.InetAddress;
import org.guixp2p.protocol.FormatException;

/** The ranges and alphabets of the wire document, for the constructors of messages. */
final class Wire {
    private Wire() {}

    static void range(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " out of range: " + value);
        }
    }

    static void prefixed(int block, boolean prefixed) {
        if (prefixed && block == 0) {
            throw new IllegalArgumentException("the first block has no blocks before it");
        }
    }

    static void printable(String what, String text, int mostCharacters) {
        if (text.length() > mostCharacters || !text.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw new IllegalArgumentException(
                    what + ": up to " + mostCharacters + " printable characters expected, found "
                            + FormatException.quote(text));
        }
    }

    /** Somebody may be told that a peer is there. */
    static void told(PeerAddress address) {
        range("port", address.endpoint().port(), SwarmMessage.Peers.FIRST_PORT, 65_535);
        if (AddressScope.of(InetAddress.ofLiteral(address.endpoint().host())) == AddressScope.NARROW) {
            throw new IllegalArgumentException("no address of a machine elsewhere: " + address.endpoint().host());
        }
    }

    static void feature(String name) {
        boolean named = !name.isEmpty() && name.length() <= SwarmMessage.Hello.MAX_FEATURE_LENGTH && name.chars()
                .allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.');
        if (!named) {
            throw new IllegalArgumentException("not a feature's name: " + FormatException.quote(name));
        }
    }
}
