// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.nar.LinkTarget;

/**
 * Makes symlinks whose target is exactly what a NAR says.
 *
 * <p>A {@link Path} has no doubled and no trailing slashes, so the JDK would make {@code a//b/} into {@code a/b}, and
 * the restored tree would have another NAR. Such targets are rare; for them, and only for them, {@code symlink(2)} is
 * called itself.
 */
final class Symlinks {
    private Symlinks() {}

    /** Makes the symlink {@code link}, which must not exist. */
    static void create(Path link, LinkTarget target) throws IOException {
        Path path = FileNames.path(link, target);
        if (path.toString().equals(target.text())) {
            Files.createSymbolicLink(link, path);
            return;
        }
        try {
            Native.create(link, target);
        } catch (LinkageError e) {
            // The platform has no linker, or the command line forbids it: the class below fails to load.
            throw new UnsupportedTreeException("this JVM may not call symlink(2), so it cannot make exactly "
                    + FormatException.quote(target.text()) + ": start it with --enable-native-access=ALL-UNNAMED", e);
        }
    }

    /** Loaded when it is first needed: the linker takes longer to start, 0.2 s, than most items to restore. */
    private static final class Native {
        private static final int EEXIST = 17;
        private static final int MAX_TEXT_BYTES = 256;
        private static final String ERRNO = "errno";
        private static final StructLayout STATE = Linker.Option.captureStateLayout();
        private static final VarHandle ERROR = STATE.varHandle(MemoryLayout.PathElement.groupElement(ERRNO));
        private static final MethodHandle SYMLINK = handle("symlink", FunctionDescriptor.of(ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS, ValueLayout.ADDRESS), Linker.Option.captureCallState(ERRNO));
        private static final MethodHandle STRERROR = handle("strerror", FunctionDescriptor.of(ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT));

        private Native() {}

        @SuppressWarnings("restricted")
        private static MethodHandle handle(String name, FunctionDescriptor signature, Linker.Option... options) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), signature, options);
        }

        static void create(Path link, LinkTarget target) throws IOException {
            int error = 0;
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(STATE);
                MemorySegment to = arena.allocateFrom(target.text(), StandardCharsets.UTF_8);
                MemorySegment at = arena.allocateFrom(link.toString(), StandardCharsets.UTF_8);
                if ((int) SYMLINK.invokeExact(state, to, at) != 0) {
                    error = (int) ERROR.get(state, 0L);
                }
            } catch (Throwable e) {
                throw new IllegalStateException("symlink(2) cannot be called", e);
            }
            if (error == EEXIST) {
                throw new FileAlreadyExistsException(link.toString());
            }
            if (error != 0) {
                throw new FileSystemException(link.toString(), null, text(error) + " (error " + error + ")");
            }
        }

        @SuppressWarnings("restricted") // the text is one of the C library's own, which ends in a zero
        private static String text(int error) {
            try {
                MemorySegment text = (MemorySegment) STRERROR.invokeExact(error);
                return text.reinterpret(MAX_TEXT_BYTES).getString(0);
            } catch (Throwable e) {
                throw new IllegalStateException("strerror(3) cannot be called", e);
            }
        }
    }
}
