// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a test of several nodes begins with: a directory, and a world in it that leaves nothing behind. */
@ExtendWith(NoLeaks.class)
abstract class InAWorld {
    @TempDir
    Path directory;

    World world;

    @BeforeEach
    void beginWorld() throws IOException {
        world = new World(directory);
    }

    @AfterEach
    void endWorld() {
        world.close();
    }
}
