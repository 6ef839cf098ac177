// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * What is said to a home router so that it lets others in: NAT-PMP ({@link org.guixp2p.protocol.portmap.NatPmp}), PCP
 * ({@link org.guixp2p.protocol.portmap.Pcp}), and UPnP's Internet gateway devices, which are searched for
 * ({@link org.guixp2p.protocol.portmap.Ssdp}), describe themselves ({@link org.guixp2p.protocol.portmap.IgdDescription}) and are
 * told what to do ({@link org.guixp2p.protocol.portmap.IgdAction}).
 *
 * <p>Anybody on the network can answer in the router's place. What comes back is read within bounds, and is an answer only when it
 * says what was asked.
 */
@NullMarked
package org.guixp2p.protocol.portmap;

import org.jspecify.annotations.NullMarked;
