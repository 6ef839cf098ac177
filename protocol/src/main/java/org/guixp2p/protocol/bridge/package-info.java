/**
 * The frames that a restorer (the process that writes the store) and the node (which only brings bytes) exchange on a
 * Unix socket; {@code docs/bridge-protocol.md} fixes them.
 *
 * <p>The two directions are two sealed types, so that each side can switch over exactly what it may be told. Both sides
 * treat the other as hostile: a frame's length is checked against the limit of its type before anything is set aside for
 * it, memory grows only with bytes that have come, and NAR bytes are handed on as views of what was read.
 */
@NullMarked
package org.guixp2p.protocol.bridge;

import org.jspecify.annotations.NullMarked;
