// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Has the home router let others in: {@link org.guixp2p.node.portmap.PortMapping} keeps this node's ports mapped while it runs, by PCP,
 * NAT-PMP or UPnP, whichever the router speaks, and gives them up at the end.
 *
 * <p>Only the router of the default route is asked, and only what comes from its address counts; but on a network anybody may answer
 * in its place. So answers are bounded in length, number and time, and what they say is a hint: an address at which others may try.
 */
@NullMarked
package org.guixp2p.node.portmap;

import org.jspecify.annotations.NullMarked;
