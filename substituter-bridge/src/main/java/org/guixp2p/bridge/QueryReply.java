// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * The reply to a query as it will be written: the bytes of each item, which take a tenth of what the item itself would. An
 * answer about a whole distribution is some 25 MB.
 */
final class QueryReply {
    private static final int BUFFER = 1 << 16;
    /** Nothing is available; and the end of every other reply. */
    private static final byte[] END = {'\n'};

    private final List<byte[]> items = new ArrayList<>();

    /** Adds the lines of an item, which are ASCII. */
    void add(String lines) {
        items.add(lines.getBytes(US_ASCII));
    }

    void writeTo(OutputStream out) throws IOException {
        BufferedOutputStream buffered = new BufferedOutputStream(out, BUFFER);
        for (byte[] item : items) {
            buffered.write(item);
        }
        buffered.write(END);
        buffered.flush();
    }
}
