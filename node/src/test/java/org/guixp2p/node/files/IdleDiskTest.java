// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What the kernel says of a thread that steps back. */
@EnabledOnOs(OS.LINUX)
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64|aarch64|riscv64|ppc64le")
class IdleDiskTest {
    private static int classOf(Thread.Builder builder) throws Exception {
        FutureTask<Integer> look = new FutureTask<>(IdleDisk::ofThisThread);
        builder.start(look);
        return look.get();
    }

    @Test
    void aThreadIsIdleWhileItReadsAndAsEverThen() throws Exception {
        int usual = IdleDisk.ofThisThread();
        FutureTask<List<Integer>> looks = new FutureTask<>(() -> List.of(IdleDisk.ofThisThread(),
                IdleDisk.idly(IdleDisk::ofThisThread), IdleDisk.ofThisThread(), classOf(Thread.ofPlatform())));
        Thread.ofPlatform().start(looks);
        assertEquals(List.of(usual, 3, usual, usual), looks.get());
    }

    @Test
    void soItIsWhenItFails() throws Exception {
        int usual = IdleDisk.ofThisThread();
        FutureTask<Integer> looks = new FutureTask<>(() -> {
            assertThrows(IOException.class, () -> IdleDisk.idly(() -> {
                throw new IOException("gone");
            }));
            return IdleDisk.ofThisThread();
        });
        Thread.ofPlatform().start(looks);
        assertEquals(usual, looks.get());
    }
}
