// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

/** What a reader of a download sees, in order. {@link Done} or {@link Failed} is the last. */
public sealed interface NarEvent {
    /**
     * The next bytes of the NAR. The strict reader has accepted them; that the whole has its hash is certain only with
     * {@link Done}.
     *
     * @param bytes belong to whoever receives them
     * @param origin URL of what is being fetched from when they are handed on, for people
     */
    record Bytes(byte[] bytes, String origin) implements NarEvent {}

    /** What came before was wrong: the NAR begins again at its first byte. */
    record Restart() implements NarEvent {}

    /** Every byte was handed on, and the whole has its hash. */
    record Done() implements NarEvent {}

    /**
     * There is no source left.
     *
     * @param reason for people
     */
    record Failed(String reason) implements NarEvent {}
}
