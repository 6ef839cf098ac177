// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.Map;

/**
 * Whose a file is, and who may do what with it, in one look.
 *
 * @param mode as {@code stat(2)} has it, with the kind of file
 * @param size in bytes
 */
record FileFacts(UserPrincipal owner, int mode, long size) {
    static final int SOCKET = 0140000;
    static final int DIRECTORY = 0040000;
    private static final int KIND = 0170000;

    static FileFacts of(Path file, LinkOption... options) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(file, "unix:owner,mode,size", options);
        if (attributes.get("owner") instanceof UserPrincipal owner && attributes.get("mode") instanceof Integer mode
                && attributes.get("size") instanceof Long size) {
            return new FileFacts(owner, mode, size);
        }
        throw new IOException("the file system does not say whose it is");
    }

    /** Root, by whatever name. */
    static UserPrincipal root() throws IOException {
        // A name of digits is taken for the number itself where no user is called so.
        return users().lookupPrincipalByName("0");
    }

    static UserPrincipalLookupService users() {
        return Path.of("/").getFileSystem().getUserPrincipalLookupService();
    }

    boolean isKind(int kind) {
        return (mode & KIND) == kind;
    }

    /** Whether somebody may write it whom {@code classes}, permission bits, stand for. */
    boolean isWritableFor(int classes) {
        return (mode & classes) != 0;
    }
}
