/**
 * What the node keeps on disk between two starts.
 *
 * <p>A file that counts as soon as it is there is written atomically: a temporary file beside the target, synchronised where
 * its loss would matter, then renamed. What grows is not: blocks of a NAR being fetched are written in place, and hashed again
 * when they are found after a crash; the journal is a LevelDB, which is not synchronised and may lose its last seconds. A start
 * after a crash repairs what it finds and says so.
 */
@NullMarked
package org.guixp2p.persistence;

import org.jspecify.annotations.NullMarked;
