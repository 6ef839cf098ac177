/** Tests of what is kept of peers' addresses. */
@NullMarked
package org.guixp2p.persistence.addresses;

import org.jspecify.annotations.NullMarked;
