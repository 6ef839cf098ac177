/**
 * The compressions in which substitute servers send NARs, each a stream that is decompressed as it is read.
 *
 * <p>What a server sends is hostile until its NAR is verified. So every format is read strictly, truncation and trailing
 * bytes are errors, checksums and sizes are checked, the memory that a stream may ask for is bounded, and so is that of all
 * streams together, and what comes out is bounded by the NAR's size: a small file that unpacks to terabytes stops there.
 */
@NullMarked
package org.guixp2p.protocol.compress;

import org.jspecify.annotations.NullMarked;
