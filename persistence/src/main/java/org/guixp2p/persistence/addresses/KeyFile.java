// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.addresses;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import org.guixp2p.persistence.StateLines;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Keeps a {@link KeyBook}: {@code peer-keys} in the state directory. Text: a first line, one line a key ({@code KEY HOST SECONDS
 * NUMBER}, separated by one blank, the key in hexadecimal, the host an IP address), and a last line, without which the file is cut off.
 * Blocks; for one thread at a time.
 */
public final class KeyFile {
    private static final String NAME = "peer-keys";
    private static final String FIRST = "guix-p2p peer-keys 1";
    private static final int MOST = KeyBook.CAPACITY + KeyBook.MOST_NAMED;
    /** More than so many keys can be. */
    static final int MAX_BYTES = 192 * MOST;

    private final StateLines lines;
    private long kept;

    /** @param stateDirectory which is there */
    public KeyFile(Path stateDirectory) {
        this.lines = new StateLines(stateDirectory.resolve(NAME), "keys of peers are to be learnt anew", MAX_BYTES);
    }

    /**
     * What was kept; nothing when nothing was. A file that makes no sense is set aside, and that is logged: a node does without.
     *
     * @param named peers that the user named
     */
    public KeyBook load(InstantSource clock, Collection<PeerId> named) {
        return new KeyBook(clock, lines.read(KeyFile::decode), named);
    }

    /**
     * Writes a book, if something in it has changed since that was done last.
     *
     * @throws IOException when it cannot be written; what was kept before is as it was
     */
    public void save(KeyBook book) throws IOException {
        long changes = book.changes();
        if (changes == kept) {
            return;
        }
        lines.save(encode(book.all()));
        kept = changes;
    }

    static byte[] encode(Collection<KnownKey> keys) {
        return StateLines.encode(FIRST,
                keys.stream().map(key -> key.publicKey() + " " + host(key.host()) + " " + key.lastSeconds() + " "
                        + key.sequence()));
    }

    /** Without the interface that belongs to a link-local one: it may be gone at the next start. */
    private static String host(InetAddress address) {
        return address.getHostAddress().replaceFirst("%.*", "");
    }

    static List<KnownKey> decode(byte[] content) throws FormatException {
        List<String> lines = StateLines.decode(FIRST, content, MAX_BYTES);
        if (lines.size() > MOST) {
            throw new FormatException("more than " + MOST + " keys");
        }
        List<KnownKey> keys = new ArrayList<>(lines.size());
        for (String line : lines) {
            keys.add(line(line));
        }
        return keys;
    }

    private static KnownKey line(String line) throws FormatException {
        String[] words = line.split(" ", -1);
        if (words.length != 4) {
            throw new FormatException("KEY HOST SECONDS NUMBER expected, found " + FormatException.quote(line));
        }
        try {
            return new KnownKey(Octets.of(HexFormat.of().parseHex(words[0])), InetAddress.ofLiteral(words[1]),
                    Long.parseLong(words[2]), Long.parseLong(words[3]));
        } catch (IllegalArgumentException e) {
            throw new FormatException("no known key: " + FormatException.quote(line), e);
        }
    }
}
