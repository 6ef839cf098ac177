// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The descriptor, 4 by the daemon's custom, that replies go to. */
final class ReplyChannel {
    /** The kernel's {@code O_ACCMODE}, {@code O_WRONLY} and {@code O_RDWR}, the same on every Linux. */
    private static final int ACCESS_MODE = 3;
    private static final int WRITE_ONLY = 1;
    private static final int READ_AND_WRITE = 2;

    private final OutputStream out;

    /** Replies to {@code out}, which is not buffered. */
    ReplyChannel(OutputStream out) {
        this.out = out;
    }

    /**
     * Opens a descriptor that this process got from its parent: a pipe, a file or a terminal.
     *
     * <p>The JDK has no way to use a descriptor by its number, so the kernel is asked to open the same thing again, at its
     * end. What a number means that the parent did not set up is up to the JVM (it may be one of its own archives): so only
     * what is open for writing counts, and of files only what is open for nothing else.
     *
     * @throws UsageException when it is not open for writing
     */
    static ReplyChannel open(int descriptor) throws UsageException {
        try {
            Path file = Path.of("/proc/self/fd/" + descriptor);
            int access = accessMode(Files.readString(Path.of("/proc/self/fdinfo/" + descriptor)));
            if (access != WRITE_ONLY && !(access == READ_AND_WRITE && !Files.isRegularFile(file))) {
                throw new UsageException("descriptor " + descriptor + ", where replies should go, is not for writing");
            }
            return new ReplyChannel(new FileOutputStream(file.toString(), true));
        } catch (IOException e) {
            throw new UsageException("descriptor " + descriptor + ", where replies should go, cannot be opened: "
                    + e.getMessage());
        }
    }

    private static int accessMode(String info) {
        String name = "flags:";
        int start = info.indexOf(name);
        int end = info.indexOf('\n', start);
        if (start < 0 || end < 0) {
            return 0;
        }
        return (int) Long.parseLong(info.substring(start + name.length(), end).strip(), 8) & ACCESS_MODE;
    }

    /**
     * Writes whole lines, at once.
     *
     * @throws IOException when nobody reads them any more
     */
    void write(String lines) throws IOException {
        out.write(lines.getBytes(UTF_8));
    }

    /**
     * Writes a reply.
     *
     * @throws IOException when nobody reads it any more
     */
    void write(QueryReply reply) throws IOException {
        reply.writeTo(out);
    }
}
