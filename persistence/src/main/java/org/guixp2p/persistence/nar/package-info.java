/**
 * NARs on disk: those being fetched, those kept to be given to others, and what was learnt of store items by hashing them.
 */
@NullMarked
package org.guixp2p.persistence.nar;

import org.jspecify.annotations.NullMarked;
