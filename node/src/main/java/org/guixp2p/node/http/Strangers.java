// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.net.URI;
import org.guixp2p.protocol.item.StorePath;

/**
 * Which servers are there without anybody having named them, neither the settings nor, since they came, a client. Such a server is
 * asked for what it has itself alone, so that servers which have found each other do not ask each other in a circle; it sends us
 * nowhere else; and it does not hear of everything. Safe for several threads.
 */
public interface Strangers {
    /** There are none. */
    Strangers NONE = new Strangers() {
        @Override
        public boolean isAt(URI uri) {
            return false;
        }

        @Override
        public boolean mayHearOf(StorePath item) {
            return true;
        }
    };

    /** Whether one of them answers at an http or https URL. */
    boolean isAt(URI uri);

    /** Whether they may be asked about an item. */
    boolean mayHearOf(StorePath item);
}
