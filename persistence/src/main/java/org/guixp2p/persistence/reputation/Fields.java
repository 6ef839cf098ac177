// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.nio.ByteBuffer;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * The fields of what the journal and the snapshots hold: a peer's 32 bytes; numbers in base 128, the lowest seven bits first, in
 * as few bytes as will do; figures as IEEE 754 with single precision, big-endian. Each value has one form only.
 */
final class Fields {
    /** Of a number below 2<sup>63</sup>. */
    private static final int MAX_NUMBER_BYTES = 9;

    private Fields() {}

    static void putPeer(ByteBuffer out, PeerId peer) {
        out.put(peer.digest().bytes());
    }

    static void putNumber(ByteBuffer out, long number) {
        long rest = number;
        while (rest >= 0x80) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    static void putFigure(ByteBuffer out, float figure) {
        out.putFloat(figure);
    }

    static PeerId peer(ByteBuffer in) throws FormatException {
        byte[] digest = new byte[Sha256.BYTES];
        need(in, digest.length);
        in.get(digest);
        return new PeerId(Sha256.of(digest));
    }

    static long number(ByteBuffer in) throws FormatException {
        long number = 0;
        for (int i = 0; i < MAX_NUMBER_BYTES; i++) {
            need(in, 1);
            byte next = in.get();
            number |= (long) (next & 0x7f) << (7 * i);
            if (next >= 0) {
                if (next == 0 && i > 0) {
                    throw new FormatException("a number with zeros before it");
                }
                return number;
            }
        }
        throw new FormatException("a number of more than 63 bits");
    }

    static int count(ByteBuffer in) throws FormatException {
        long number = number(in);
        if (number > Integer.MAX_VALUE) {
            throw new FormatException("a count of more than 31 bits");
        }
        return (int) number;
    }

    static float figure(ByteBuffer in) throws FormatException {
        need(in, Float.BYTES);
        float figure = in.getFloat();
        if (Float.floatToRawIntBits(figure) == Float.floatToRawIntBits(-0f)) {
            throw new FormatException("a negative zero");
        }
        return figure;
    }

    static void end(ByteBuffer in) throws FormatException {
        if (in.hasRemaining()) {
            throw new FormatException(in.remaining() + " bytes too many");
        }
    }

    private static void need(ByteBuffer in, int bytes) throws FormatException {
        if (in.remaining() < bytes) {
            throw new FormatException("it ends too early");
        }
    }
}
