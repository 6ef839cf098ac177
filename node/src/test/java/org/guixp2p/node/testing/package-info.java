/** What tests of several packages look at a node with. */
@NullMarked
package org.guixp2p.node.testing;

import org.jspecify.annotations.NullMarked;
