// SPDX-License-Identifier: GPL-3.0-or-later
/** Many nodes that tell each other what they have, in virtual time: how often that answers who has what is wanted. */
@NullMarked
package org.guixp2p.harness.bench.inventory;

import org.jspecify.annotations.NullMarked;
