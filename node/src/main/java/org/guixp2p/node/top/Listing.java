// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

/** What there are rows of. Downloads and peers share a screen, each other list has one of its own. */
enum Listing {
    DOWNLOADS,
    PEERS,
    SERVERS,
    FINISHED,
    EVENTS;

    Listing next() {
        return values()[(ordinal() + 1) % values().length];
    }

    Listing before() {
        return values()[(ordinal() + values().length - 1) % values().length];
    }

    int rows(Sample sample) {
        return switch (this) {
            case DOWNLOADS -> sample.transfers().size();
            case PEERS -> sample.peers().size();
            case SERVERS -> sample.servers().size();
            case FINISHED -> sample.finished().size();
            case EVENTS -> sample.events().size();
        };
    }
}
