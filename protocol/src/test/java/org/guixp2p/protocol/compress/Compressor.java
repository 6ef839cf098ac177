// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import com.github.luben.zstd.ZstdCompressCtx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAOutputStream;

/** Compresses for tests what the code under test decompresses. */
public final class Compressor {
    private Compressor() {}

    public static byte[] compress(Compression compression, byte[] data) {
        return switch (compression) {
            case NONE -> data;
            case GZIP -> gzip(data);
            case LZIP -> lzip(data);
            case ZSTD -> zstd(data);
        };
    }

    private static byte[] gzip(byte[] data) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** One frame with a checksum, as zstd's command line writes it. */
    private static byte[] zstd(byte[] data) {
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            context.setChecksum(true);
            return context.compress(data);
        }
    }

    /** A frame of one raw block that asks for a window of {@code 1 << windowLog} bytes (RFC 8878, 3.1.1). */
    static byte[] zstdWithWindow(byte[] data, int windowLog) {
        int block = data.length << 3 | 1;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[]{0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) ((windowLog - 10) << 3),
            (byte) block, (byte) (block >> 8), (byte) (block >> 16)});
        bytes.writeBytes(data);
        return bytes.toByteArray();
    }

    /** One member with a dictionary of 64 KiB. */
    static byte[] lzip(byte[] data) {
        return lzip(data, 16);
    }

    /** One member whose header says {@code dictionaryCode}, while 64 KiB are all that is used. */
    static byte[] lzip(byte[] data, int dictionaryCode) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[]{'L', 'Z', 'I', 'P', 1, (byte) dictionaryCode});
        try {
            LZMA2Options options = new LZMA2Options(6);
            options.setDictSize(1 << 16);
            LZMAOutputStream out = new LZMAOutputStream(bytes, options, true);
            out.write(data);
            out.finish();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        CRC32 crc = new CRC32();
        crc.update(data);
        ByteBuffer trailer = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
        trailer.putInt((int) crc.getValue()).putLong(data.length).putLong(bytes.size() + 20);
        bytes.writeBytes(trailer.array());
        return bytes.toByteArray();
    }
}
