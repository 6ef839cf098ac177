/** What there is to say to people about files that could not be had, and how nodes keep each other away from some. */
@NullMarked
package org.guixp2p.node.files;

import org.jspecify.annotations.NullMarked;
