// SPDX-License-Identifier: GPL-3.0-or-later
/** What is installed on this machine, by the profiles of Guix. */
@NullMarked
package org.guixp2p.node.profiles;

import org.jspecify.annotations.NullMarked;
