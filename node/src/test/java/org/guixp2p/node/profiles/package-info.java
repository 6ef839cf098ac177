/** Tests of what is installed. */
@NullMarked
package org.guixp2p.node.profiles;

import org.jspecify.annotations.NullMarked;
