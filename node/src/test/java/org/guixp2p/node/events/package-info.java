/** Tests of what is told of what happens. */
@NullMarked
package org.guixp2p.node.events;

import org.jspecify.annotations.NullMarked;
