// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.guixp2p.persistence.guixdb.StoreDatabase;
import org.guixp2p.persistence.guixdb.StoreDatabaseException;
import org.guixp2p.persistence.ledger.Exclusions;

/** Whether Guix's store database can be read, by which the store is seeded: without it the node does what else it does. */
final class StoreDatabaseCheck implements Check {
    private static final String WITHOUT = ", or set seed_store = off";

    @Override
    public String subject() {
        return "store database";
    }

    @Override
    public List<Finding> examine(Patient patient) {
        if (!patient.config().seeding().seedsStore()) {
            return List.of(Finding.ok(subject(), "is not read: the store is not seeded (share, seed_store)"));
        }
        Path state = patient.config().files().stateDir();
        try {
            new Exclusions(state).known();
        } catch (IOException e) {
            return List.of(Finding.warning(subject(), "nothing of the store is offered: " + e.getMessage(),
                    e.getCause() instanceof AccessDeniedException
                            ? "run this as the node's user, or as root"
                            : "stop the node, and put the file back as it was, or write it anew: the line \""
                                    + Exclusions.FIRST + "\", one path or NarHash a line, and the line \"end\""
                                    + WITHOUT));
        }
        StoreDatabase database = new StoreDatabase(patient.config().files().database());
        try {
            return List.of(Finding.ok(subject(), database.file() + " has " + database.count() + " items"));
        } catch (IOException e) {
            return List.of(Finding.warning(subject(), "nothing of the store is offered: " + e.getMessage(),
                    advice(database.file(), e)));
        }
    }

    private static String advice(Path file, IOException failure) {
        if (!Files.exists(file)) {
            return "install Guix, or say where its store is (store_root)" + WITHOUT;
        }
        Path writeAhead = file.resolveSibling(file.getFileName() + "-wal");
        if (!Files.isReadable(file) || (Files.exists(writeAhead) && !Files.isReadable(writeAhead))) {
            return "let the node's user read it, and what lies beside it" + WITHOUT;
        }
        return failure instanceof StoreDatabaseException known && known.isPassing()
                ? "try again: somebody writes it"
                : "report this with what 'guix --version' says" + WITHOUT;
    }
}
