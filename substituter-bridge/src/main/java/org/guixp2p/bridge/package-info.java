/**
 * The restorer in Java: the process that {@code guix-daemon} starts as {@code guix-p2p substitute --query|--substitute}
 * ({@code docs/bridge-protocol.md}).
 *
 * <p>It writes the store, and the daemon believes its {@code success} unseen; so it believes nobody. Commands are relayed
 * to the node, which only brings bytes; signature, path, size and hash are checked here, while the bytes are restored.
 * Where the node cannot help, the command goes to Guix's own substituter, or is answered with nothing.
 *
 * <p>A new process runs for every client of the daemon, so all here is about starting fast: nothing is loaded before it is
 * needed, and nothing but the JDK and {@code protocol} at all.
 */
@NullMarked
package org.guixp2p.bridge;

import org.jspecify.annotations.NullMarked;
