/**
 * Where peers have answered: kept across restarts, so that a node finds back to them without asking anybody; and their keys, so that
 * it finds those in the DHT who are elsewhere by now.
 *
 * <p>{@link org.guixp2p.persistence.addresses.AddressBook} is in memory and bounded; {@link
 * org.guixp2p.persistence.addresses.AddressFile} keeps it; likewise {@link
 * org.guixp2p.persistence.addresses.KeyBook}. What peers did is not here but in {@code reputation}: that is of identities,
 * wherever they are.
 */
@NullMarked
package org.guixp2p.persistence.addresses;

import org.jspecify.annotations.NullMarked;
