// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Real directory trees to send around: made from what lies on the machine, and compared with what came out at the other end.
 *
 * <p>The comparison reads both trees with nothing but the JDK's file operations: it must not share a mistake with the
 * serialiser and the restorer that it judges.
 */
@NullMarked
package org.guixp2p.harness.tree;

import org.jspecify.annotations.NullMarked;
