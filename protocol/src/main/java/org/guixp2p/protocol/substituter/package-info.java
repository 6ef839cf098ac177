/**
 * What {@code guix-daemon} says to its substituter and hears from it.
 *
 * <p>Commands come as lines on file descriptor 0, replies go to file descriptor 4, settings stand in the environment
 * variable {@code _NIX_OPTIONS}, and file descriptor 2 is a log of which the daemon's clients parse the lines that begin
 * with {@code @}. The daemon believes every reply, so a reply exists here only as a type that cannot be malformed; what
 * others want to see in the log passes {@link org.guixp2p.protocol.substituter.TraceGuard} first.
 */
@NullMarked
package org.guixp2p.protocol.substituter;

import org.jspecify.annotations.NullMarked;
