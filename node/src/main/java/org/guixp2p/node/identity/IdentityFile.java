// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.persistence.AtomicFiles;
import org.jspecify.annotations.Nullable;

/** The file that holds the node's private key: PKCS #8 in PEM (RFC 7468), readable by its user alone. */
public final class IdentityFile {
    /** Far above the 119 bytes that such a file has. */
    static final int MAX_BYTES = 4096;

    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String END = "-----END PRIVATE KEY-----";
    private static final Pattern PEM = Pattern.compile(BEGIN + "\\R([A-Za-z0-9+/=\\s]+)\\R?" + END + "\\s*");
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private IdentityFile() {}

    /**
     * The identity that {@code file} holds; when there is no such file, a new one, which is written there first. Missing
     * directories are made, for this user alone.
     *
     * @throws IdentityException when the file is malformed, may be read by others, or cannot be read or written
     */
    public static NodeIdentity loadOrCreate(Path file, SecureRandom random) throws IdentityException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return load(file);
        }
        NodeIdentity created = NodeIdentity.generate(random);
        try {
            Path directory = file.toAbsolutePath().getParent();
            if (directory != null && !Files.isDirectory(directory)) {
                Files.createDirectories(directory,
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            AtomicFiles.create(file, pem(created.keys()), OWNER_ONLY);
            return created;
        } catch (FileAlreadyExistsException e) {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                return load(file); // another process has just made one
            }
            throw cannot("write", file, e);
        } catch (IOException e) {
            throw cannot("write", file, e);
        }
    }

    /**
     * The identity that {@code file} holds.
     *
     * @throws IdentityException when it is missing, malformed, may be read by others, or cannot be read
     */
    public static NodeIdentity load(Path file) throws IdentityException {
        try {
            var attributes = Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()) {
                throw new IdentityException(file + ": the node's key must be a regular file");
            }
            Set<PosixFilePermission> others = EnumSet.copyOf(attributes.permissions());
            others.removeAll(Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE,
                    PosixFilePermission.OWNER_EXECUTE));
            if (!others.isEmpty()) {
                throw new IdentityException(file + ": others may use the node's key; if nobody has, 'chmod 600 " + file
                        + "', else delete it and the node takes a new name");
            }
            if (attributes.size() > MAX_BYTES) {
                throw malformed(file, "it is longer than " + MAX_BYTES + " bytes", null);
            }
            return NodeIdentity.of(parse(file, Files.readAllBytes(file)));
        } catch (IOException e) {
            throw cannot("read", file, e);
        }
    }

    private static KeyPair parse(Path file, byte[] content) throws IdentityException {
        Matcher pem = PEM.matcher(new String(content, StandardCharsets.ISO_8859_1));
        if (!pem.matches()) {
            throw malformed(file, "'" + BEGIN + "' expected", null);
        }
        try {
            return Ed25519Keys.fromPkcs8(Base64.getMimeDecoder().decode(pem.group(1)));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw malformed(file, "an Ed25519 private key in PKCS #8 expected", e);
        }
    }

    private static byte[] pem(KeyPair keys) {
        String base64 = Base64.getMimeEncoder(64, new byte[]{'\n'}).encodeToString(keys.getPrivate().getEncoded());
        return (BEGIN + "\n" + base64 + "\n" + END + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static IdentityException malformed(Path file, String why, @Nullable Throwable cause) {
        String message = file + ": not a node's key: " + why
                + "; restore it from a copy, or delete it and the node takes a"
                + " new name";
        return cause == null ? new IdentityException(message) : new IdentityException(message, cause);
    }

    private static IdentityException cannot(String what, Path file, IOException e) {
        return new IdentityException("cannot " + what + " the node's key: " + IoWords.of(e, file), e);
    }
}
