// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.guixp2p.persistence.AtomicFiles;
import org.guixp2p.protocol.dht.AddressFamily;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the state of one family is kept across restarts: {@code ipv4} or {@code ipv6} in a directory. Blocks. */
final class StateFile {
    private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);
    /** More than {@link DhtState#MAX_NODES} can be. */
    private static final int MAX_BYTES = 1 << 16;

    private final AddressFamily family;
    private final Path file;

    StateFile(Path directory, AddressFamily family) {
        this.family = family;
        this.file = directory.resolve(family.name().toLowerCase(Locale.ROOT));
    }

    /** What was kept; the first state when nothing was, or what is there cannot be read: a node can always begin anew. */
    DhtState load(RandomGenerator random) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            try (InputStream content = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                return DhtState.decode(content.readNBytes(MAX_BYTES), family);
            } catch (IOException e) {
                LOG.warn("{} cannot be read, and a new one begins: {}", file, e.getMessage());
            }
        }
        return DhtState.first(family, random);
    }

    /** @throws IOException when it cannot be kept; what was kept before is as it was */
    void save(DhtState state) throws IOException {
        Files.createDirectories(file.resolveSibling("."));
        AtomicFiles.replace(file, state.encoded());
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
