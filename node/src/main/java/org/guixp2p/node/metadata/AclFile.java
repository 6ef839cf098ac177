// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.pki.Acl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Guix's ACL, read again when it changed. While it is missing, or Guix would reject it, nothing is trusted. Safe for several
 * threads; blocks on the disk.
 */
public final class AclFile {
    private static final Logger LOG = LoggerFactory.getLogger(AclFile.class);
    private static final int MAX_BYTES = 1 << 20;
    private static final Acl NOBODY = Acl.of(List.of());

    private final Path path;
    private String version = "";
    private Acl acl = NOBODY;

    public AclFile(Path path) {
        this.path = path;
    }

    /** The keys that are trusted now. */
    public synchronized Acl current() {
        String found = version();
        if (!found.equals(version)) {
            version = found;
            acl = read();
        }
        return acl;
    }

    private String version() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return attributes.lastModifiedTime() + " " + attributes.size() + " " + attributes.fileKey();
        } catch (IOException e) {
            return "unreadable: " + e;
        }
    }

    private Acl read() {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] text = in.readNBytes(MAX_BYTES + 1);
            if (text.length > MAX_BYTES) {
                throw new FormatException("larger than " + MAX_BYTES + " bytes");
            }
            Acl read = Acl.parse(text);
            LOG.info("{} keys are trusted by {}", read.keys().size(), path);
            return read;
        } catch (FormatException e) {
            LOG.warn("acl_path: {} is rejected, so nothing is trusted: {}", path, e.getMessage());
        } catch (IOException e) {
            LOG.warn("acl_path: {} cannot be read, so nothing is trusted: {}", path, e.toString());
        }
        return NOBODY;
    }
}
