/** Tests of what profiles say of themselves. */
@NullMarked
package org.guixp2p.protocol.profile;

import org.jspecify.annotations.NullMarked;
