// SPDX-License-Identifier: GPL-3.0-or-later
/** Accepts HTTP connections of the REST API. */
@NullMarked
package org.guixp2p.node.listen;

import org.jspecify.annotations.NullMarked;
