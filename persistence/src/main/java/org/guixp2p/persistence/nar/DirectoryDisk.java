// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The disk that a directory lies on. */
record DirectoryDisk(Path directory) implements Disk {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryDisk.class);
    /** What cannot be known does not bound anything. */
    private static final long UNKNOWN = 1L << 60;

    @Override
    public long free() {
        // By java.nio.file it would read all mounts each time.
        File disk = directory.toFile();
        long free = disk.getUsableSpace();
        return free == 0 && disk.getTotalSpace() == 0 ? UNKNOWN : free;
    }

    @Override
    public long there(Path file) {
        try {
            return Native.there(file);
        } catch (LinkageError e) {
            // The platform has no statx(2), or the command line forbids to call it: the class below fails to load.
            LOG.debug("holes of {} count as if they were there: {}", file, e.toString());
            return size(file);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            LOG.debug("size of {}: {}", file, e.toString());
            return 0;
        }
    }

    /** The JDK does not tell how much of a file is allocated. Loaded when it is first needed: the linker takes long to start. */
    private static final class Native {
        private static final int RELATIVE_TO_WORKING_DIRECTORY = -100;
        private static final int NOFOLLOW = 0x100;
        private static final int SIZE_AND_BLOCKS = 0x200 | 0x400;
        private static final long BLOCK_BYTES = 512;
        /** Of struct statx (linux/stat.h), which is the same on every processor. */
        private static final long BYTES = 256;
        private static final long SIZE_OFFSET = 40;
        private static final long BLOCKS_OFFSET = 48;
        private static final MethodHandle STATX = handle();

        private Native() {}

        @SuppressWarnings("restricted")
        private static MethodHandle handle() {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow("statx"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS,
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
        }

        /** At most the file's size: the last block of the disk may reach beyond. */
        static long there(Path file) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment name = arena.allocateFrom(file.toString(), StandardCharsets.UTF_8);
                MemorySegment found = arena.allocate(BYTES, Long.BYTES);
                int failed = (int) STATX.invokeExact(RELATIVE_TO_WORKING_DIRECTORY, name, NOFOLLOW, SIZE_AND_BLOCKS,
                        found);
                return failed != 0
                        ? size(file)
                        : Math.min(found.get(ValueLayout.JAVA_LONG, SIZE_OFFSET),
                                found.get(ValueLayout.JAVA_LONG, BLOCKS_OFFSET) * BLOCK_BYTES);
            } catch (Throwable e) {
                throw new IllegalStateException("statx(2) cannot be called", e);
            }
        }
    }
}
