/** Tests of what the user may change while a node runs. */
@NullMarked
package org.guixp2p.node.control;

import org.jspecify.annotations.NullMarked;
