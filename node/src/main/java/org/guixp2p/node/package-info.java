/** The node: what is put together from all modules, and run. */
@NullMarked
package org.guixp2p.node;

import org.jspecify.annotations.NullMarked;
