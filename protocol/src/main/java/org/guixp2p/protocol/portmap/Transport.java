// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.portmap;

/** What a mapping is for. */
public enum Transport {
    TCP(6), UDP(17);

    private final int number;

    Transport(int number) {
        this.number = number;
    }

    /** As IANA numbers protocols, and PCP does. */
    int number() {
        return number;
    }
}
