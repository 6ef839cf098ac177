// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.function.Function;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.files.IoWords;

/** A directory of the node's: there, its own, and to be written to. */
final class DirectoryCheck implements Check {
    private final String subject;
    private final Function<NodeConfig, Path> which;

    DirectoryCheck(String subject, Function<NodeConfig, Path> which) {
        this.subject = subject;
        this.which = which;
    }

    @Override
    public String subject() {
        return subject;
    }

    @Override
    public List<Finding> examine(Patient patient) {
        return List.of(examine(which.apply(patient.config())));
    }

    private Finding examine(Path directory) {
        if (Files.notExists(directory)) {
            Path above = nearest(directory);
            return Files.isDirectory(above) && Files.isWritable(above)
                    ? Finding.ok(subject, directory + " is not there yet; the node makes it")
                    : Finding.error(subject, directory + " is not there and cannot be made in " + above,
                            "make it, and give it to the node's user");
        }
        if (!Files.isDirectory(directory)) {
            return Finding.error(subject, directory + " is not a directory, or cannot be seen by this user",
                    "move what is there away, or run this as root");
        }
        try {
            PosixFileAttributes attributes = Files.readAttributes(directory, PosixFileAttributes.class);
            String seen = directory + ", " + attributes.owner().getName() + "'s, "
                    + PosixFilePermissions.toString(attributes.permissions());
            if (attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
                return Finding.error(subject, seen + ": anybody can write to it", "chmod o-w " + directory);
            }
            Files.delete(Files.createTempFile(directory, ".doctor", ""));
            return Finding.ok(subject, seen);
        } catch (IOException e) {
            return Finding.error(subject, "cannot be written to: " + IoWords.of(e, directory),
                    "give it to the node's user and see whether its disk is full; or run this as that user or root");
        }
    }

    private static Path nearest(Path absent) {
        Path path = absent;
        while (Files.notExists(path) && path.getParent() != null) {
            path = path.getParent();
        }
        return path;
    }
}
