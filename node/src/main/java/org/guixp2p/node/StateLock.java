// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.nio.file.Path;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.node.files.LockFile;

/** Keeps a second node out of a state directory. */
final class StateLock {
    private StateLock() {}

    /**
     * Takes the lock.
     *
     * @throws StartException when another node has it, or the directory cannot be written
     */
    static LockFile take(Path stateDirectory) throws StartException {
        Path file = stateDirectory.resolve("lock");
        try {
            return LockFile.take(file)
                    .orElseThrow(() -> new StartException("state_dir: another node uses " + stateDirectory));
        } catch (IOException e) {
            throw new StartException("state_dir: cannot be written: " + IoWords.of(e, file), e);
        }
    }
}
