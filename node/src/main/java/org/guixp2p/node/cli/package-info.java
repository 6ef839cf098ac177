/**
 * The command line, {@code guix-p2p WORD …}.
 *
 * <p>
 * Data goes to standard output, as text for people or, with {@code --json}, as JSON for programs; everything else goes to
 * standard error. What a user can mend is told in one line a fault, without a stack trace; see
 * {@link org.guixp2p.node.cli.ExitCode} for what the caller's shell is told. The words {@code substitute} (the process that
 * {@code guix-daemon} starts) and {@code demo} never come here: the launcher sends them to other programs.
 */
@NullMarked
package org.guixp2p.node.cli;

import org.jspecify.annotations.NullMarked;
