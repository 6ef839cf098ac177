// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;

/** The store items among the fixtures, with what their narinfos say of them. */
public final class FixtureItems {
    private FixtureItems() {}

    /** One item, which lies in the store tree and, compressed, among the NARs. */
    public record Item(StorePath path, NarHash hash, NarSize size) {}

    /** All items whose narinfo and NAR are there, by the name of the narinfo. */
    public static List<Item> all() {
        return Fixtures.list("narinfo").stream().filter(name -> name.matches("narinfo/[a-z0-9]+\\.narinfo"))
                .map(name -> read(Fixtures.text(name))).toList();
    }

    /** The item whose base name is {@code baseName}. */
    public static Item of(String baseName) {
        return all().stream().filter(item -> item.path.baseName().equals(baseName)).findAny().orElseThrow();
    }

    private static Item read(String narinfo) {
        try {
            return new Item(StorePath.parse(field(narinfo, "StorePath")), NarHash.parse(field(narinfo, "NarHash")),
                    NarSize.parse(field(narinfo, "NarSize")));
        } catch (FormatException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String field(String narinfo, String name) {
        return narinfo.lines().filter(line -> line.startsWith(name + ": ")).findFirst().orElseThrow()
                .substring(name.length() + 2);
    }
}
