// SPDX-License-Identifier: GPL-3.0-or-later
/** Measures the gateway: against nginx, with many clients, and with many who want the same NAR. */
@NullMarked
package org.guixp2p.harness.bench.gateway;

import org.jspecify.annotations.NullMarked;
