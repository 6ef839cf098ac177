/** A node that lies, for the demo. Here and in {@code training} alone the harness runs the node's own code in its process. */
@NullMarked
package org.guixp2p.harness.liar;

import org.jspecify.annotations.NullMarked;
