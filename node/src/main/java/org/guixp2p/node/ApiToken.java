// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.persistence.AtomicFiles;

/**
 * What shows that somebody may change something by the REST API: a file in the state directory, which nobody but the node's user can
 * read. It stays the same over restarts; when it is deleted, the next start makes another.
 */
final class ApiToken {
    /** Far above what such a file has. */
    static final int MOST_BYTES = 256;
    static final String NAME = "api-token";

    private static final int RANDOM_BYTES = 32;
    /** 256 bits at least, in characters that a header may have (RFC 6750, section 2.1). */
    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9_-]{43,}");
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private ApiToken() {}

    /**
     * The token of the node with this state directory, which is made when there is none.
     *
     * @throws StartException when others may read the file, it is no file, or no token, or cannot be read or written
     */
    static String loadOrCreate(Path stateDirectory, SecureRandom random) throws StartException {
        Path file = stateDirectory.resolve(NAME);
        try {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                create(file, random);
            }
            return load(file, stateDirectory);
        } catch (IOException e) {
            throw new StartException("the token of the REST API: " + IoWords.of(e, file), e);
        }
    }

    private static void create(Path file, SecureRandom random) throws IOException {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        try {
            AtomicFiles.create(file, (token + "\n").getBytes(StandardCharsets.US_ASCII), OWNER_ONLY);
        } catch (FileAlreadyExistsException e) {
            // Whoever was faster: it is looked at like any that was there.
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
        }
    }

    private static String load(Path file, Path directory) throws IOException, StartException {
        var attributes = Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            throw unusable(file, "it is no regular file");
        }
        if (!attributes.owner().equals(Files.getOwner(directory))) {
            throw unusable(file, "it belongs to " + attributes.owner().getName() + ", and its directory to "
                    + Files.getOwner(directory).getName());
        }
        Set<PosixFilePermission> others = EnumSet.copyOf(attributes.permissions());
        others.removeAll(OWNER_ONLY);
        if (!others.isEmpty()) {
            throw unusable(file, "it has more permissions than 0600, so that others may know it");
        }
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            byte[] content = in.readNBytes(MOST_BYTES + 1);
            String token = new String(content, StandardCharsets.ISO_8859_1).strip();
            if (content.length > MOST_BYTES || !SHAPE.matcher(token).matches()) {
                throw unusable(file, "43 or more letters, digits, hyphens and underscores expected");
            }
            return token;
        }
    }

    private static StartException unusable(Path file, String why) {
        return new StartException(file + ": not a token for the REST API: " + why
                + "; delete it, and the next start makes another");
    }
}
