// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.node.identity.IdentityException;
import org.guixp2p.node.identity.IdentityFile;

/** The node's key: there, the node's own, and nobody else's to read. */
final class IdentityCheck implements Check {
    @Override
    public String subject() {
        return "identity";
    }

    @Override
    public List<Finding> examine(Patient patient) {
        Path file = patient.config().files().identity();
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return List.of(Files.isReadable(patient.config().files().stateDir()) || patient.node().isEmpty()
                    ? Finding.warning(subject(), "there is no " + file + " yet",
                            "the node makes it when it first starts")
                    : Finding.warning(subject(), file + " cannot be seen by this user", "run this as root"));
        }
        try {
            String id = IdentityFile.load(file).peerId().toString();
            String owner = Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).getName();
            String directory = Files.getOwner(patient.config().files().stateDir()).getName();
            if (!owner.equals(directory)) {
                return List.of(Finding.error(subject(), file + " belongs to " + owner + ", and its directory to "
                        + directory, "chown " + directory + " " + file));
            }
            if (patient.node().filter(node -> !node.peerId().equals(id)).isPresent()) {
                return List.of(Finding.error(subject(), "the node that runs is another than " + id,
                        "restart it, or look at it with the configuration that it has"));
            }
            return List.of(Finding.ok(subject(), id + ", of " + owner + " alone"));
        } catch (IdentityException e) {
            String advice = Files.isReadable(file) ? "do what it says; the node does not start" : "run this as root";
            return List.of(Finding.error(subject(), String.valueOf(e.getMessage()), advice));
        } catch (IOException e) {
            return List.of(Finding.error(subject(), IoWords.of(e, file), "run this as root"));
        }
    }
}
