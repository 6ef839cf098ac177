// SPDX-License-Identifier: GPL-3.0-or-later
/** Many nodes of the DHT in one process, in virtual time: how surely and how soon peers are found, and for how many questions. */
@NullMarked
package org.guixp2p.harness.bench.dht;

import org.jspecify.annotations.NullMarked;
