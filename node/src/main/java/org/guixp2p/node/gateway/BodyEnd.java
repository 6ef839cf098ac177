// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

/** Hears how the body of an answer is getting on, on the channel's event loop. */
interface BodyEnd {
    /** So many more bytes were written to the socket. */
    void wrote(long bytes);

    /** All of it was. */
    void sent();

    /** The rest is not to be had: what was promised cannot be kept. */
    void failed(Throwable why);
}
