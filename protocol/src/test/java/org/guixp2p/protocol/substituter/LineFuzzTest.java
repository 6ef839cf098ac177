// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.guixp2p.protocol.testing.Fuzz.accepted;
import static org.guixp2p.protocol.testing.Fuzz.check;
import static org.guixp2p.protocol.testing.Fuzz.same;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;

/** Any reply and any trace is what it says, which its own text says again, or is refused. */
class LineFuzzTest {
    private static final Command.Have ASKED = new Command.Have(List.of(CommandTest.A, CommandTest.B));

    private static HaveReply have(byte[] input) throws FormatException {
        try {
            return new ReplyReader(new ByteArrayInputStream(input)).have(ASKED);
        } catch (FormatException e) {
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FuzzTest
    void haveReply(byte[] input) {
        accepted(() -> have(input)).ifPresent(reply -> {
            List<StorePath> paths = reply.paths();
            check(ASKED.paths().containsAll(paths) && new HashSet<>(paths).size() == paths.size(),
                    "a path that was not asked for, or one twice");
            same(reply, () -> have(reply.text().getBytes(UTF_8)));
        });
    }

    @FuzzTest
    void substituteReply(byte[] input) {
        String text = new String(input, UTF_8);
        accepted(() -> SubstituteReply.parse(text)).ifPresent(reply -> {
            String again = reply.text();
            check(again.endsWith("\n") && again.indexOf('\n') == again.length() - 1, "not one line");
            same(reply, () -> SubstituteReply.parse(again.substring(0, again.length() - 1)));
        });
    }

    @FuzzTest
    void traceLine(byte[] input) {
        String text = new String(input, UTF_8);
        accepted(() -> TraceLine.parse(text)).ifPresent(trace -> {
            String again = trace.text();
            check(again.endsWith("\n") && again.indexOf('\n') == again.length() - 1, "not one line");
            same(trace, () -> TraceLine.parse(again.substring(0, again.length() - 1)));
        });
    }

    @FuzzTest
    void destination(byte[] input) {
        String text = new String(input, UTF_8);
        accepted(() -> Destination.parse(text)).ifPresent(destination -> {
            check(destination.path().equals(text), "another path");
            check(text.startsWith("/") && !(text + "/").contains("/../") && !(text + "/").contains("/./")
                    && !(text + "/").contains("//"), "not normal");
            check(text.chars().noneMatch(c -> c <= ' ' || c == 0x7f), "it would end a word or a line");
        });
    }
}
