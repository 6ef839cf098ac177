/**
 * The formats and rules that guix-p2p shares with Guix and with its peers.
 *
 * <p>Everything below this package is pure: bytes in, values out. It opens no socket, starts no thread and knows no
 * actor; only {@code org.guixp2p.protocol.store} touches files, under directories that its caller hands in. Every parser
 * takes hostile input: it checks a length before it allocates, and says in its exception what was wrong.
 */
@NullMarked
package org.guixp2p.protocol;

import org.jspecify.annotations.NullMarked;
