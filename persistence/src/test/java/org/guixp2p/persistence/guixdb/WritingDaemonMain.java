// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.guixdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.StoreDatabaseWriter;

/**
 * Registers two items at a time, and forgets older ones, until a file is there; opens and closes the database again and again,
 * as the daemon's workers come and go.
 */
final class WritingDaemonMain {
    private static final int KEPT = 100;

    private WritingDaemonMain() {}

    static StorePath path(int i) {
        return new StorePath(
                Sha256.hash(("item " + i).getBytes(US_ASCII)).base32().substring(0, StorePath.HASH_LENGTH) + "-" + i);
    }

    public static void main(String[] args) throws SQLException {
        NarHash hash = new NarHash(Sha256.hash(args[0].getBytes(US_ASCII)));
        int next = 0;
        while (!Files.exists(Path.of(args[1]))) {
            try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(Path.of(args[0]))) {
                daemon.execute("PRAGMA busy_timeout = 20000");
                for (int i = 0; i < 10; i++) {
                    daemon.begin();
                    daemon.register(path(next), hash, 1000, next);
                    daemon.register(path(next + 1), hash, 1000, next);
                    for (int gone = next - KEPT; gone >= 0 && gone < next - KEPT + 2; gone++) {
                        daemon.invalidate(path(gone));
                    }
                    daemon.commit();
                    next += 2;
                }
            }
        }
    }
}
