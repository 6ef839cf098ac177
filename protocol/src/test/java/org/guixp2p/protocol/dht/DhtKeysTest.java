// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.junit.jupiter.api.Test;

/** The keys of docs/wire-protocol.md, read from the document itself. */
class DhtKeysTest {
    private static final Pattern SECTION = Pattern.compile("```dht-vectors\n(.*?)```", Pattern.DOTALL);

    private static List<String> document() throws IOException {
        Matcher section = SECTION.matcher(Files.readString(Path.of("..", "docs", "wire-protocol.md")));
        assertTrue(section.find());
        return section.group(1).lines().toList();
    }

    @Test
    void everyVectorOfTheDocumentIsTheKeyThatItNames() throws IOException {
        List<String> vectors = document();
        assertEquals(3, vectors.size());
        for (String vector : vectors) {
            int equals = vector.lastIndexOf(" = ");
            String name = vector.substring(0, equals);
            DhtId key = name.equals("rendezvous")
                    ? DhtKeys.RENDEZVOUS
                    : DhtKeys.of(new NarHash(Sha256.parse(name.substring("nar ".length()))));
            assertEquals(vector.substring(equals + 3), key.toString(), name);
        }
    }
}
