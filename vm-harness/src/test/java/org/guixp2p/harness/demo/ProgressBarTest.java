// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.guixp2p.api.BlockMap;
import org.guixp2p.api.TransferStatus;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private static final long MIB = 1 << 20;
    private static final long SECOND = 1_000_000_000;

    private final StringWriter text = new StringWriter();
    private long nanos = 7 * SECOND;
    private final ProgressBar bar = new ProgressBar(new PrintWriter(text), List.of("a", "b", "c"), () -> nanos);

    private static TransferStatus transfer(long narMib, long a, long b) {
        return new TransferStatus(1, "item", "hash", narMib * MIB, "blocks", 0, 0, 3,
                List.of(new TransferStatus.Source("a", a * MIB), new TransferStatus.Source("b", b * MIB)),
                BlockMap.NONE, 0, 0, 0, 0,
                null);
    }

    @Test
    void partRateTimeLeftAndBytesOfEachAreShown() {
        nanos += 2 * SECOND;
        assertEquals("[########------------]  42 %  54 MiB/s  0:03 left  60 + 48 + 0 = 108 of 256 MiB",
                bar.line(transfer(256, 60, 48)));
    }

    @Test
    void beforeTheFirstByteThereIsNoTimeToTell() {
        assertEquals("[--------------------]   0 %  0 MiB/s  ?:?? left  0 + 0 + 0 = 0 of 256 MiB",
                bar.line(transfer(256, 0, 0)));
    }

    @Test
    void longTimesAreMinutes() {
        nanos += SECOND;
        assertEquals("[--------------------]   0 %  1 MiB/s  17:03 left  1 + 0 + 0 = 1 of 1024 MiB",
                bar.line(transfer(1024, 1, 0)));
    }

    @Test
    void whatComesTwiceDoesNotOverflowTheBar() {
        nanos += SECOND;
        assertEquals("[####################] 100 %  12 MiB/s  0:00 left  6 + 6 + 0 = 12 of 10 MiB",
                bar.line(transfer(10, 6, 6)));
    }

    @Test
    void theSameLineIsWrittenAgain() {
        nanos += SECOND;
        bar.accept(transfer(10, 5, 0));
        bar.accept(transfer(10, 10, 0));
        bar.end();
        assertEquals("\r\u001b[K[##########----------]  50 %  5 MiB/s  0:01 left  5 + 0 + 0 = 5 of 10 MiB"
                + "\r\u001b[K[####################] 100 %  10 MiB/s  0:00 left  10 + 0 + 0 = 10 of 10 MiB\r\u001b[K",
                text.toString());
    }

    @Test
    void aDownloadOfUnknownSizeIsNotShown() {
        bar.accept(transfer(0, 0, 0));
        assertEquals("", text.toString());
    }
}
