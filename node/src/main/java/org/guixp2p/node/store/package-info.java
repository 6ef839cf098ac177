/**
 * The machine's store as a seed: {@link org.guixp2p.node.store.StoreWatch} says what is there,
 * {@link org.guixp2p.node.store.StoreSeeding} finds out which of it may be given to others, and has it hashed before anybody
 * gets it. Both together are a {@link org.guixp2p.node.store.StoreSeeder}.
 */
@NullMarked
package org.guixp2p.node.store;

import org.jspecify.annotations.NullMarked;
