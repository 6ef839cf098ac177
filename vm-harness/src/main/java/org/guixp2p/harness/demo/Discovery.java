// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import org.guixp2p.protocol.FormatException;

/** How a fetcher comes to know of seeders. */
public enum Discovery {
    /** Their addresses are in its configuration. */
    NAMED("named"),
    /** By a DHT of their own, of which each knows one node that has nothing. */
    DHT("dht"),
    /** By DNS-SD on a network of their own, of which none of them knows anything. */
    LAN("lan");

    private final String word;

    Discovery(String word) {
        this.word = word;
    }

    /**
     * Reads the word for one.
     *
     * @throws FormatException when it is none
     */
    public static Discovery parse(String text) throws FormatException {
        for (Discovery discovery : values()) {
            if (discovery.word.equals(text)) {
                return discovery;
            }
        }
        throw new FormatException("'named', 'dht' or 'lan' expected, found " + FormatException.quote(text));
    }

    @Override
    public String toString() {
        return word;
    }
}
