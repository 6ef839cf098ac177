// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Unpacks the fixtures' tar archive, which is our own and trusted: directories, regular files, symlinks and hard links
 * of the {@code ustar} layout. Anything else in it is an error.
 */
final class TarUnpacker {
    private static final int BLOCK = 512;

    private final InputStream in;
    private final Path target;
    /** Directories get their modes and times last, the innermost first. */
    private final Deque<Late> directories = new ArrayDeque<>();

    private record Late(Path path, int mode, long seconds) {}

    private TarUnpacker(InputStream in, Path target) {
        this.in = in;
        this.target = target;
    }

    static void unpack(InputStream in, Path target) throws IOException {
        new TarUnpacker(in, target).run();
    }

    private void run() throws IOException {
        byte[] header = block();
        while (header[0] != 0) {
            entry(header);
            header = block();
        }
        for (Late late : directories) {
            finish(late);
        }
    }

    private void entry(byte[] header) throws IOException {
        Path path = target.resolve(text(header, 0, 100));
        int mode = (int) octal(header, 100, 8);
        long size = octal(header, 124, 12);
        long seconds = octal(header, 136, 12);
        String link = text(header, 157, 100);
        switch ((char) header[156]) {
            case '0' -> {
                contents(path, size);
                finish(new Late(path, mode, seconds));
            }
            case '1' -> Files.createLink(path, target.resolve(link));
            case '2' -> {
                Files.createSymbolicLink(path, Path.of(link));
                times(path, seconds);
            }
            case '5' -> {
                Files.createDirectory(path);
                directories.push(new Late(path, mode, seconds));
            }
            default -> throw new IOException("tar: entry of an unexpected type: " + path);
        }
    }

    private void contents(Path path, long size) throws IOException {
        try (OutputStream out = Files.newOutputStream(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long left = size; left > 0; left -= BLOCK) {
                out.write(block(), 0, (int) Math.min(left, BLOCK));
            }
        }
    }

    private static void finish(Late late) throws IOException {
        times(late.path, late.seconds);
        Files.setAttribute(late.path, "unix:mode", late.mode);
    }

    private static void times(Path path, long seconds) throws IOException {
        FileTime time = FileTime.fromMillis(seconds * 1000);
        Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setTimes(time, time, null);
    }

    private byte[] block() throws IOException {
        byte[] block = in.readNBytes(BLOCK);
        if (block.length < BLOCK) {
            throw new EOFException("tar: truncated");
        }
        return block;
    }

    private static String text(byte[] header, int offset, int length) {
        int end = offset;
        while (end < offset + length && header[end] != 0) {
            end++;
        }
        return new String(header, offset, end - offset, StandardCharsets.UTF_8);
    }

    private static long octal(byte[] header, int offset, int length) {
        return Long.parseLong(text(header, offset, length).strip(), 8);
    }
}
