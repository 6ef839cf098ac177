// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What the kernel says of threads that step back. */
@EnabledOnOs(OS.LINUX)
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64|aarch64|riscv64|ppc64le")
class IdleDiskTest {
    private static int classOf(ThreadFactory threads) throws Exception {
        FutureTask<Integer> look = new FutureTask<>(IdleDisk::ofThisThread);
        threads.newThread(look).start();
        return look.get();
    }

    @Test
    void oneThatStepsBackIsIdleAndNoOther() throws Exception {
        ThreadFactory threads = Thread.ofPlatform().daemon().factory();
        assertEquals(3, classOf(IdleDisk.steppingBack(threads)));
        assertNotEquals(3, classOf(threads));
        assertNotEquals(3, IdleDisk.ofThisThread());
    }
}
