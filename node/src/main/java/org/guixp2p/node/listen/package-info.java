// SPDX-License-Identifier: GPL-3.0-or-later
/** Accepts HTTP connections: those of the REST API and of the gateway. */
@NullMarked
package org.guixp2p.node.listen;

import org.jspecify.annotations.NullMarked;
