/** What names and measures a store item: its path, the hash of its NAR and the size of that NAR. */
@NullMarked
package org.guixp2p.protocol.item;

import org.jspecify.annotations.NullMarked;
