// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

/**
 * An item that is offered from now on, once all of it was read.
 *
 * @param storePath the item's full path
 * @param added false when it was named before: it is looked at again
 */
public record SeedAddition(String storePath, boolean added) {}
