/**
 * What the node keeps on disk between two starts.
 *
 * <p>Every write is atomic: a temporary file beside the target, synchronised where its loss would matter, then renamed. A
 * start after a crash repairs what it finds and says so.
 */
@NullMarked
package org.guixp2p.persistence;

import org.jspecify.annotations.NullMarked;
