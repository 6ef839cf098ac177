// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;

/** Descriptor 2: the log that the daemon passes on to its client. */
final class DaemonLog {
    private static final int MAX_MESSAGE = 500;
    private static final FileOutputStream OUT = new FileOutputStream(FileDescriptor.err);

    private DaemonLog() {}

    /** Writes one line, whatever {@code message} holds. */
    static void say(String message) {
        int end = Math.min(message.length(), MAX_MESSAGE);
        StringBuilder line = new StringBuilder("guix-p2p: ");
        for (int i = 0; i < end; i++) {
            char c = message.charAt(i);
            line.append(Character.isISOControl(c) ? '?' : c);
        }
        write(line.append('\n').toString().getBytes(UTF_8));
    }

    /** Writes bytes that are known to do no harm there. */
    static void write(byte[] bytes) {
        try {
            OUT.write(bytes);
        } catch (IOException e) {
            // Nobody reads the log any more; that is no reason to fail.
        }
    }
}
