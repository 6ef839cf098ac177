/** Tests of what monitoring reads. */
@NullMarked
package org.guixp2p.node.metrics;

import org.jspecify.annotations.NullMarked;
