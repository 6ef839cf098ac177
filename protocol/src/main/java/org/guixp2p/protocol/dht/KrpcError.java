// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import org.guixp2p.protocol.FormatException;

/**
 * Why a query gets no answer.
 *
 * @param code one of those below, or any other
 * @param message for people: up to {@link #MAX_MESSAGE} printable characters
 */
public record KrpcError(long code, String message) {
    public static final int MAX_MESSAGE = 128;

    /** Nothing that has a code of its own (BEP 5, as the following three). */
    public static final int GENERIC = 201;
    /** The node is to blame. */
    public static final int SERVER = 202;
    /** The query is: malformed, of wrong arguments, or with a token that was not given out. */
    public static final int PROTOCOL = 203;
    /** There is no such query here. */
    public static final int METHOD_UNKNOWN = 204;
    /** A value is too long (BEP 44, as the following ones). */
    public static final int VALUE_TOO_BIG = 205;
    public static final int INVALID_SIGNATURE = 206;
    public static final int SALT_TOO_BIG = 207;
    /** The item that is there does not have the expected number. */
    public static final int CAS_MISMATCH = 301;
    /** The item that is there is newer. */
    public static final int SEQUENCE_TOO_LOW = 302;

    public KrpcError {
        if (message.length() > MAX_MESSAGE || !FormatException.isPrintable(message)) {
            throw new IllegalArgumentException("not a message: " + FormatException.quote(message));
        }
    }

    /** An error with as much of {@code message} as may be shown. */
    static KrpcError of(long code, String message) {
        String printable = FormatException.printable(message);
        return new KrpcError(code, printable.length() <= MAX_MESSAGE ? printable : shortened(printable));
    }

    private static String shortened(String printable) {
        int end = MAX_MESSAGE - 1;
        // Half of a character is none.
        return printable.substring(0, Character.isHighSurrogate(printable.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
