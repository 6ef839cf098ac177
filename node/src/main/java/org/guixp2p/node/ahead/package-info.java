/**
 * What a client of {@code guix-daemon}'s is about to substitute, fetched before it is asked for.
 *
 * <p>The daemon asks about a closure item by item before it substitutes it, one item after another.
 * {@code ClosureOrder} says in which order, {@code AheadBudget} how much may be fetched, {@code DaemonSessions} what is
 * remembered of which daemon process: all three are pure. {@link org.guixp2p.node.ahead.Prefetch} is the actor that has it done.
 */
@NullMarked
package org.guixp2p.node.ahead;

import org.jspecify.annotations.NullMarked;
