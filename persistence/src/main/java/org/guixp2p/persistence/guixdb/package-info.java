/**
 * Guix's own store database, {@code /var/guix/db/db.sqlite}: which store items are valid, with their NarHash and size, without
 * hashing any. {@link org.guixp2p.persistence.guixdb.StoreDatabase} reads it beside the daemon that writes it, and leaves no
 * trace there.
 */
@NullMarked
package org.guixp2p.persistence.guixdb;

import org.jspecify.annotations.NullMarked;
