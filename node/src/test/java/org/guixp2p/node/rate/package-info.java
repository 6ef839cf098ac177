/** Tests of the rates. */
@NullMarked
package org.guixp2p.node.rate;

import org.jspecify.annotations.NullMarked;
