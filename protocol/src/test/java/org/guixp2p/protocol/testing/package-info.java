/** What the tests of every module share: the fixtures that a real Guix made, and a way to unpack them. */
@NullMarked
package org.guixp2p.protocol.testing;

import org.jspecify.annotations.NullMarked;
