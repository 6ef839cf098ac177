// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.files;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a thread read when nobody else wants the disk: by {@code ioprio_set(2)}, where the kernel's scheduler of that disk
 * knows priorities. Where that is not possible it reads like all others.
 */
public final class IdleDisk {
    private static final Logger LOG = LoggerFactory.getLogger(IdleDisk.class);

    private IdleDisk() {}

    /** Reads something. */
    public interface Work<T> {
        /** Does it. */
        T run() throws IOException;
    }

    /**
     * Does it on this thread, which must be no virtual one: it steps back for as long. A thread that is started meanwhile would for ever:
     * whatever may start one comes before or after.
     */
    public static <T> T idly(Work<T> work) throws IOException {
        OptionalLong before = stepBack();
        try {
            return work.run();
        } finally {
            before.ifPresent(Native::set);
        }
    }

    /** What it was before; nothing where that is not possible. */
    private static OptionalLong stepBack() {
        try {
            long before = Native.get();
            return before >= 0 && Native.set(Native.IDLE) ? OptionalLong.of(before) : OptionalLong.empty();
        } catch (LinkageError e) {
            // A processor whose numbers are not known here, or the command line forbids to call it.
            LOG.debug("{} does not step back: {}", Thread.currentThread().getName(), e.toString());
            return OptionalLong.empty();
        }
    }

    /** The class of this thread, 3 if it is idle; for tests. */
    static int ofThisThread() {
        return (int) (Native.get() >> Native.CLASS_SHIFT);
    }

    /** The C library has no functions of these names, but {@code syscall}. Loaded when it is first needed: the linker takes long to start. */
    private static final class Native {
        private static final int CLASS_SHIFT = 13;
        private static final long IDLE = 3L << CLASS_SHIFT;
        private static final long THREAD = 1;
        private static final long ITSELF = 0;
        /** The number of ioprio_set; ioprio_get has the next one ({@code asm/unistd.h}). */
        private static final Map<String, Long> NUMBERS = Map.of("amd64", 251L, "aarch64", 30L, "riscv64", 30L,
                "ppc64le", 273L);
        private static final long SET = number();
        private static final MethodHandle SYSCALL = handle();

        private Native() {}

        private static long number() {
            Long number = NUMBERS.get(System.getProperty("os.arch"));
            if (number == null) {
                throw new UnsatisfiedLinkError("ioprio_set of " + System.getProperty("os.arch"));
            }
            return number;
        }

        @SuppressWarnings("restricted")
        private static MethodHandle handle() {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
                    Linker.Option.firstVariadicArg(1));
        }

        static boolean set(long priority) {
            return call(SET, priority) == 0;
        }

        static long get() {
            return call(SET + 1, 0);
        }

        private static long call(long number, long priority) {
            try {
                return (long) SYSCALL.invokeExact(number, THREAD, ITSELF, priority);
            } catch (Throwable e) {
                throw new IllegalStateException("syscall(2) cannot be called", e);
            }
        }
    }
}
