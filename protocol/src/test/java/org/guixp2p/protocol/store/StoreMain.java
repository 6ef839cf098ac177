// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.guixp2p.protocol.nar.NarLimits;
import org.guixp2p.protocol.nar.NarReader;

/** What tests do with this package in other JVMs. */
public final class StoreMain {
    private StoreMain() {}

    public static void main(String[] arguments) {
        try {
            System.out.print(run(arguments));
        } catch (IOException e) {
            System.out.print(e);
            System.exit(1);
        }
    }

    private static String run(String[] arguments) throws IOException {
        Path tree = Path.of(arguments[1]);
        return switch (arguments[0]) {
            case "identify" -> TreeSerializer.identify(tree).toString();
            case "restore" -> {
                restore(Path.of(arguments[2]), new Restorer(tree));
                yield TreeSerializer.identify(tree).toString();
            }
            case "restore-deduplicated" -> {
                restore(Path.of(arguments[2]), new Restorer(tree, new Deduplicator(Path.of(arguments[3]))));
                yield TreeSerializer.identify(tree).toString();
            }
            case "delete" -> String.valueOf(TreeDeleter.delete(tree));
            default -> throw new IllegalArgumentException(arguments[0]);
        };
    }

    private static void restore(Path nar, Restorer restorer) throws IOException {
        try (restorer; InputStream in = Files.newInputStream(nar)) {
            NarReader.read(in, NarLimits.DEFAULT, restorer);
        }
    }
}
