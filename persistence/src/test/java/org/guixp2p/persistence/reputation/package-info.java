/** Tests of what is remembered of peers. */
@NullMarked
package org.guixp2p.persistence.reputation;

import org.jspecify.annotations.NullMarked;
