// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.addresses;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.guixp2p.persistence.StateLines;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;

/**
 * Keeps an {@link AddressBook}: {@code peers} in the state directory. Text: a first line, one line an address ({@code ADDRESS SECONDS
 * SUCCESSES FAILURES}, separated by one blank), and a last line, without which the file is cut off. Blocks; for one thread at a time.
 */
public final class AddressFile {
    private static final String NAME = "peers";
    private static final String FIRST = "guix-p2p peers 1";
    /** More than so many addresses can be. */
    static final int MAX_BYTES = 256 * AddressBook.CAPACITY;

    private final StateLines lines;
    private long kept;

    /** @param stateDirectory which is there */
    public AddressFile(Path stateDirectory) {
        this.lines = new StateLines(stateDirectory.resolve(NAME), "peers are to be found anew", MAX_BYTES);
    }

    /**
     * What was kept; nothing when nothing was. A file that makes no sense is set aside, and that is logged: a node does without.
     *
     * @param own addresses of this node
     */
    public AddressBook load(InstantSource clock, Collection<HostAndPort> own) {
        return new AddressBook(clock, lines.read(AddressFile::decode), own);
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
        lines.save(encode(book.all()));
        kept = changes;
    }

    static byte[] encode(Collection<KnownAddress> addresses) {
        return StateLines.encode(FIRST, addresses.stream()
                .map(address -> address.address() + " " + address.lastSeconds() + " " + address.successes() + " "
                        + address.failures()));
    }

    static List<KnownAddress> decode(byte[] content) throws FormatException {
        List<String> lines = StateLines.decode(FIRST, content, MAX_BYTES);
        if (lines.size() > AddressBook.CAPACITY) {
            throw new FormatException("more than " + AddressBook.CAPACITY + " addresses");
        }
        List<KnownAddress> addresses = new ArrayList<>(lines.size());
        for (String line : lines) {
            addresses.add(line(line));
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
