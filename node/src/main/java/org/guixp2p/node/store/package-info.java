/** What of the machine's store is offered without being named. {@link org.guixp2p.node.store.StoreWatch} says what is there. */
@NullMarked
package org.guixp2p.node.store;

import org.jspecify.annotations.NullMarked;
