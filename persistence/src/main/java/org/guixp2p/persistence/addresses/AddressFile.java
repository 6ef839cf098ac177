// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.addresses;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.guixp2p.persistence.AtomicFiles;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps an {@link AddressBook}: {@code peers} in the state directory. Text: a first line, one line an address ({@code ADDRESS SECONDS
 * SUCCESSES FAILURES}, separated by one blank), and a last line, without which the file is cut off. Blocks; for one thread at a time.
 */
public final class AddressFile {
    private static final Logger LOG = LoggerFactory.getLogger(AddressFile.class);
    private static final String NAME = "peers";
    private static final String FIRST = "guix-p2p peers 1";
    private static final String LAST = "end";
    /** More than so many addresses can be. */
    static final int MAX_BYTES = 256 * AddressBook.CAPACITY;

    private final Path file;
    private long kept;

    /** @param stateDirectory which is there */
    public AddressFile(Path stateDirectory) {
        this.file = stateDirectory.resolve(NAME);
    }

    /**
     * What was kept; nothing when nothing was. A file that makes no sense is set aside, and that is logged: a node does without.
     *
     * @param own addresses of this node
     */
    public AddressBook load(InstantSource clock, Collection<HostAndPort> own) {
        return new AddressBook(clock, read(), own);
    }

    private List<KnownAddress> read() {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        try (InputStream content = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            return decode(content.readNBytes(MAX_BYTES + 1));
        } catch (FormatException e) {
            LOG.warn("{} is damaged, and peers are to be found anew: {}", file, e.getMessage());
            setAside();
        } catch (IOException e) {
            LOG.warn("{} cannot be read, and peers are to be found anew: {}", file, e.getMessage());
        }
        return List.of();
    }

    private void setAside() {
        Path aside = file.resolveSibling(NAME + ".damaged");
        try {
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            LOG.warn("it is kept as {}", aside);
        } catch (IOException e) {
            LOG.warn("{} cannot be set aside: {}", file, e.getMessage());
        }
    }

    /**
     * Writes a book, if something in it has changed since that was done last.
     *
     * @throws IOException when it cannot be written; what was kept before is as it was
     */
    public void save(AddressBook book) throws IOException {
        long changes = book.changes();
        if (changes == kept) {
            return;
        }
        AtomicFiles.replace(file, encode(book.all()));
        kept = changes;
    }

    static byte[] encode(Collection<KnownAddress> addresses) {
        StringBuilder text = new StringBuilder(FIRST).append('\n');
        for (KnownAddress address : addresses) {
            text.append(address.address()).append(' ').append(address.lastSeconds()).append(' ')
                    .append(address.successes()).append(' ').append(address.failures()).append('\n');
        }
        return text.append(LAST).append('\n').toString().getBytes(StandardCharsets.US_ASCII);
    }

    static List<KnownAddress> decode(byte[] content) throws FormatException {
        if (content.length > MAX_BYTES) {
            throw new FormatException("more than " + MAX_BYTES + " bytes");
        }
        String[] lines = new String(content, StandardCharsets.US_ASCII).split("\n", -1);
        int last = lines.length - 2;
        if (last < 1 || !lines[0].equals(FIRST) || !lines[last].equals(LAST) || !lines[last + 1].isEmpty()) {
            throw new FormatException("not from '" + FIRST + "' to '" + LAST + "'");
        }
        if (last - 1 > AddressBook.CAPACITY) {
            throw new FormatException("more than " + AddressBook.CAPACITY + " addresses");
        }
        List<KnownAddress> addresses = new ArrayList<>(last - 1);
        for (int i = 1; i < last; i++) {
            addresses.add(line(lines[i]));
        }
        return addresses;
    }

    private static KnownAddress line(String line) throws FormatException {
        String[] words = line.split(" ", -1);
        if (words.length != 4) {
            throw new FormatException("ADDRESS SECONDS SUCCESSES FAILURES expected, found "
                    + FormatException.quote(line));
        }
        try {
            return new KnownAddress(PeerAddress.parse(words[0]), Long.parseLong(words[1]), Integer.parseInt(words[2]),
                    Integer.parseInt(words[3]));
        } catch (IllegalArgumentException e) {
            throw new FormatException("no known address: " + FormatException.quote(line), e);
        }
    }
}
