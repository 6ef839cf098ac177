// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import org.iq80.leveldb.DBFactory;
import org.iq80.leveldb.impl.Iq80DBFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which LevelDB keeps the journal. Both read what the other one wrote. */
enum Engine {
    /** Google's, through leveldbjni; there is no build of it for every processor. */
    NATIVE("LevelDB by JNI"),
    /** The port to Java. */
    PORT("LevelDB's port to Java");

    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final String words;

    Engine(String words) {
        this.words = words;
    }

    /** The native one where it can be loaded. */
    static Engine choose() {
        try {
            NATIVE.factory();
            return NATIVE;
        } catch (LinkageError e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            LOG.info("no native LevelDB for this machine, its port to Java is used: {}",
                    String.valueOf(cause.getMessage()).lines().findFirst().orElse(""));
            return PORT;
        }
    }

    /**
     * Opens databases.
     *
     * @throws LinkageError when there is no native library for this machine, or it cannot be loaded
     */
    DBFactory factory() {
        return switch (this) {
            case NATIVE -> NativeLevelDb.factory();
            case PORT -> {
                // Mapped files end a thread with an InternalError when the disk is full, and are unmapped by means that the
                // JDK is about to take away.
                if (System.getProperty("leveldb.mmap") == null) {
                    System.setProperty("leveldb.mmap", "false");
                }
                yield Iq80DBFactory.factory;
            }
        };
    }

    @Override
    public String toString() {
        return words;
    }
}
