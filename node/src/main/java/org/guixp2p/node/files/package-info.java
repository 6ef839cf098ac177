/**
 * What there is to say to people about files that could not be had, how nodes keep each other away from some, and how long the
 * names of sockets may be.
 */
@NullMarked
package org.guixp2p.node.files;

import org.jspecify.annotations.NullMarked;
