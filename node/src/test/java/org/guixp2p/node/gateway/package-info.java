// SPDX-License-Identifier: GPL-3.0-or-later
@NullMarked
package org.guixp2p.node.gateway;

import org.jspecify.annotations.NullMarked;
