// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.profile;

/** A piece of an s-expression. */
sealed interface SchemeToken {
    /** A list, or a vector, begins. */
    record Open() implements SchemeToken {}

    /** It ends. */
    record Close() implements SchemeToken {}

    /** A string. */
    record Text(String text) implements SchemeToken {}

    /** Whatever else stands by itself: a symbol, a number, {@code #f}, a dot, or a quote before something. */
    record Word(String text) implements SchemeToken {}

    /** There is no more. */
    record End() implements SchemeToken {}
}
