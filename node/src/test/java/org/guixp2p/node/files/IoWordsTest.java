// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.files;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class IoWordsTest {
    @Test
    void failuresAreToldInOneLine() {
        Path file = Path.of("/a");
        assertEquals("/a: no such file or directory", IoWords.of(new NoSuchFileException("/a"), file));
        assertEquals("b: No space left on device",
                IoWords.of(new FileSystemException("b", null, "No space left on device"), file));
        assertEquals("/a: two lines", IoWords.of(new IOException("two\nlines"), file));
    }
}
