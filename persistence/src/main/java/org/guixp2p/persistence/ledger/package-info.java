/** What was found out about the items of this machine's store, and takes long to find out again. */
@NullMarked
package org.guixp2p.persistence.ledger;

import org.jspecify.annotations.NullMarked;
