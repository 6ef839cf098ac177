// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

/**
 * One package that a profile of this machine has installed.
 *
 * @param output of the package, such as {@code out}
 * @param storePath the item's full path
 * @param profile {@code system}, {@code user:NAME} or {@code home:NAME}
 * @param seed {@code seeded} when others can have it; {@code could-be} when it is public, or was named, and is not offered now;
 *        {@code not-public} when a narinfo is known and makes no such build public; {@code unknown} when none is known, or what the
 *        store has is not
 */
public record PackageStatus(String name, String version, String output, String storePath, String profile,
        String seed) {}
