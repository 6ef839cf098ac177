// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** Says for people why a file could not be had; the JDK's messages are often the bare path. */
public final class IoWords {
    private IoWords() {}

    /** {@code FILE: REASON} on one line; the file is the failure's own, or {@code asked} when it names none. */
    public static String of(IOException failure, Path asked) {
        if (!(failure instanceof FileSystemException named)) {
            return asked + ": " + String.valueOf(failure.getMessage()).replaceAll("\\s+", " ");
        }
        String file = named.getFile() == null ? asked.toString() : named.getFile();
        return file + ": " + switch (named) {
            case NoSuchFileException _ -> "no such file or directory";
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "it is there already";
            case NotDirectoryException _ -> "not a directory";
            default -> named.getReason() == null ? named.getClass().getSimpleName() : named.getReason();
        };
    }
}
