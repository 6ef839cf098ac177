/** Tests of the cache of narinfos. */
@NullMarked
package org.guixp2p.persistence.narinfo;

import org.jspecify.annotations.NullMarked;
