/**
 * What this node gives to others: NARs that it kept, and store items that the user named, read straight from the store.
 *
 * <p>{@link org.guixp2p.node.seed.Seeds} knows them all and costs little an item; {@link org.guixp2p.node.seed.Seed} is an
 * actor for each NAR in use, which holds the open file or index and stops when idle.
 */
@NullMarked
package org.guixp2p.node.seed;

import org.jspecify.annotations.NullMarked;
