/** A node that lies, for the demo: the one place of the harness that runs the node's own code in its process. */
@NullMarked
package org.guixp2p.harness.liar;

import org.jspecify.annotations.NullMarked;
