// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.StorePath;

/**
 * The bytes of one file of the cache, all numbers big-endian: {@value #MAGIC} (8 bytes), when the answer came and when
 * it expires (8 bytes each, seconds since 1970), HTTP status (4), length of the narinfo (4), SHA-256 (32) of all that
 * before it, the server's URL, the item's hash part (a newline after each) and the narinfo; then the narinfo. So a torn
 * file, a flipped bit, and a file that lies under another's name are all told from a good one.
 */
final class CacheEntry {
    static final String MAGIC = "gp2p-ni1";
    static final int HEADER_BYTES = 64;
    /** Length of the file of a miss, which holds no narinfo. */
    static final int MISS_BYTES = HEADER_BYTES;
    static final int MAX_BYTES = HEADER_BYTES + NarinfoCache.MAX_NARINFO_BYTES;

    private static final int DIGEST_AT = 32;
    private static final int OK = 200;
    private static final long MAX_SECONDS = 1L << 40;

    private CacheEntry() {}

    static byte[] encode(ServerUrl server, StorePath item, CachedAnswer answer) {
        byte[] narinfo = switch (answer) {
            case CachedAnswer.Hit hit -> hit.narinfo();
            case CachedAnswer.Miss miss -> new byte[0];
        };
        int status = switch (answer) {
            case CachedAnswer.Hit hit -> OK;
            case CachedAnswer.Miss miss -> miss.status();
        };
        ByteBuffer file = ByteBuffer.allocate(HEADER_BYTES + narinfo.length);
        file.put(MAGIC.getBytes(StandardCharsets.US_ASCII));
        file.putLong(answer.fetched().getEpochSecond());
        file.putLong(answer.expires().getEpochSecond());
        file.putInt(status);
        file.putInt(narinfo.length);
        file.put(HEADER_BYTES, narinfo);
        digest(file.array(), server, item).copyTo(file.array(), DIGEST_AT);
        return file.array();
    }

    /**
     * Reads a file of the cache.
     *
     * @throws FormatException when it is not, from its first to its last byte, what {@link #encode} wrote for this
     *                         server and item
     */
    static CachedAnswer decode(byte[] file, ServerUrl server, StorePath item) throws FormatException {
        if (file.length < HEADER_BYTES || file.length > MAX_BYTES) {
            throw new FormatException("cached narinfo: " + HEADER_BYTES + " to " + MAX_BYTES + " bytes expected, found "
                    + file.length);
        }
        if (!new String(file, 0, MAGIC.length(), StandardCharsets.ISO_8859_1).equals(MAGIC)) {
            throw new FormatException("cached narinfo: begins with something else than " + MAGIC);
        }
        ByteBuffer buffer = ByteBuffer.wrap(file).position(MAGIC.length());
        long fetched = buffer.getLong();
        long expires = buffer.getLong();
        int status = buffer.getInt();
        int length = buffer.getInt();
        if (length != file.length - HEADER_BYTES) {
            throw new FormatException("cached narinfo: " + length + " bytes announced, "
                    + (file.length - HEADER_BYTES) + " there");
        }
        if (!digest(file, server, item).matches(file, DIGEST_AT)) {
            throw new FormatException("cached narinfo: damaged, or of another item or server");
        }
        if (fetched < 0 || fetched > MAX_SECONDS || expires < 0 || expires > MAX_SECONDS || status < 100 || status > 999
                || (status != OK && length != 0)) {
            throw new FormatException("cached narinfo: a time, status or length out of range");
        }
        Instant from = Instant.ofEpochSecond(fetched);
        Instant until = Instant.ofEpochSecond(expires);
        if (status != OK) {
            return new CachedAnswer.Miss(status, from, until);
        }
        byte[] narinfo = new byte[length];
        buffer.get(HEADER_BYTES, narinfo);
        return new CachedAnswer.Hit(narinfo, from, until);
    }

    private static Sha256 digest(byte[] file, ServerUrl server, StorePath item) {
        MessageDigest digest = Sha256.digest();
        digest.update(file, 0, DIGEST_AT);
        digest.update((server + "\n" + item.hashPart() + "\n").getBytes(StandardCharsets.UTF_8));
        digest.update(file, HEADER_BYTES, file.length - HEADER_BYTES);
        return Sha256.finish(digest);
    }
}
