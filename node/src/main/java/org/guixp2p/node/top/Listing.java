// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

/** What there are rows of. Downloads and peers share a screen, each other list has one of its own. */
public enum Listing {
    /** What is on its way, and what is over lately. */
    DOWNLOADS,
    /** Who is connected. */
    PEERS,
    /** Substitute servers. */
    SERVERS,
    /** What became of items. */
    FINISHED,
    /** What has happened. */
    EVENTS;

    Listing next() {
        return switch (this) {
            case DOWNLOADS -> PEERS;
            case PEERS -> SERVERS;
            case SERVERS -> FINISHED;
            case FINISHED -> EVENTS;
            case EVENTS -> DOWNLOADS;
        };
    }

    Listing before() {
        return switch (this) {
            case DOWNLOADS -> EVENTS;
            case PEERS -> DOWNLOADS;
            case SERVERS -> PEERS;
            case FINISHED -> SERVERS;
            case EVENTS -> FINISHED;
        };
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
