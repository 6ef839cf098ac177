// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.guixp2p.protocol.FormatException;
import org.opentest4j.AssertionFailedError;

/** Any bytes are either refused or the one NAR of a tree, whole or cut in two. */
class NarFuzzTest {
    @FuzzTest
    void parser(byte[] input) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        NarWriter writer = new NarWriter(out);
        NarParser whole = new NarParser(NarLimits.DEFAULT, writer);
        String verdict = feed(whole, input, input.length);
        if (verdict.isEmpty()) {
            writer.finish();
            if (!Arrays.equals(input, out.toByteArray())) {
                throw new AssertionFailedError("another spelling of a NAR was accepted");
            }
        }
        String inTwo = feed(new NarParser(NarLimits.DEFAULT, new Events()), input, input.length / 3);
        if (!verdict.equals(inTwo)) {
            throw new AssertionFailedError("whole: " + verdict + ", in two: " + inTwo);
        }
    }

    private static String feed(NarParser parser, byte[] input, int first) throws IOException {
        try {
            parser.feed(input, 0, first);
            parser.feed(input, first, input.length - first);
            parser.finish();
            return "";
        } catch (FormatException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
