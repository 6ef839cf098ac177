/**
 * Fetching one NAR: who is asked for which block, which manifest is believed, what may be handed on, and when HTTP takes
 * over.
 *
 * <p>The decisions are pure classes without I/O or clock ({@link org.guixp2p.node.download.BlockScheduler},
 * {@link org.guixp2p.node.download.RootElection}); the {@link org.guixp2p.node.download.Download} actor wires them to peers,
 * servers, the partial file and the readers. There is one such actor for a NAR, however many ask for it under the same
 * rules.
 */
@NullMarked
package org.guixp2p.node.download;

import org.jspecify.annotations.NullMarked;
