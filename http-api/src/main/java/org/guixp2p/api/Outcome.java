// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

/**
 * What came of a wish to change something.
 *
 * @param <T> what is told of what was done
 */
public sealed interface Outcome<T> {
    /**
     * It is as was wished.
     *
     * @param isNew whether something is there now that was not before
     */
    record Done<T>(T what, boolean isNew) implements Outcome<T> {}

    /**
     * It is not.
     *
     * @param detail for people
     */
    record Refused<T>(Reason reason, String detail) implements Outcome<T> {}

    /** Why not. */
    enum Reason {
        /** What was wished for cannot be read. */
        MALFORMED,
        /** Whoever wishes may not. */
        FORBIDDEN,
        /** What it is about is not there. */
        ABSENT,
        /** As things stand it cannot be. */
        CONFLICT,
        /** There were too many in a short time. */
        TOO_OFTEN,
        /** Others would have to take part, and do not. */
        UNREACHABLE,
        /** Others have not answered in time. */
        LATE,
        /** This node cannot, for the time being. */
        UNAVAILABLE
    }

    /** It is as was wished, or was before. */
    static <T> Outcome<T> done(T what) {
        return new Done<>(what, false);
    }

    /** It is not. */
    static <T> Outcome<T> refused(Reason reason, String detail) {
        return new Refused<>(reason, detail);
    }
}
