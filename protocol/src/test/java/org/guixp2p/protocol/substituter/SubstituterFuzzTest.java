// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.opentest4j.AssertionFailedError;

/** Any bytes are read as what they are, or refused; none of them passes on what the daemon's clients must not see. */
class SubstituterFuzzTest {
    private static final Destination DESTINATION = Destination
            .of(new StorePath("f9pj1jf0dx7j5j98d2pfl4s10a7hcfsi-mixed-tree-1.0"));

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionFailedError(what);
        }
    }

    @FuzzTest
    void command(byte[] input) throws IOException {
        LineReader lines = new LineReader(new ByteArrayInputStream(input), Command.MAX_LINE_BYTES);
        try {
            for (String line = lines.read(); line != null; line = lines.read()) {
                query(line);
                substitute(line);
            }
        } catch (FormatException e) {
            check(!String.valueOf(e.getMessage()).contains("\n"), "a message of several lines");
        }
    }

    private static void query(String line) throws FormatException {
        Command.Query query;
        try {
            query = Command.parseQuery(line);
        } catch (FormatException e) {
            return;
        }
        check(query.equals(Command.parseQuery(query.line())), "not the same after a round trip");
    }

    private static void substitute(String line) throws FormatException {
        Command.Substitute substitute;
        try {
            substitute = Command.parseSubstitute(line);
        } catch (FormatException e) {
            return;
        }
        check(substitute.equals(Command.parseSubstitute(substitute.line())), "not the same after a round trip");
    }

    @FuzzTest
    void nixOptions(byte[] input) {
        NixOptions options = NixOptions.parse(new String(input, UTF_8));
        check(options.terminalColumns() >= 20 && options.terminalColumns() <= 1000, "columns out of range");
        check(options.substituteUrls().orElse(List.of()).size() <= NixOptions.MAX_URLS, "too many servers");
        check(options.locale().orElse("C").length() <= 64, "a locale too long");
    }

    @FuzzTest
    void reply(byte[] input) throws IOException {
        Command.Info asked = new Command.Info(List.of(CommandTest.A, CommandTest.B));
        try {
            InfoReply info = new ReplyReader(new ByteArrayInputStream(input)).info(asked);
            byte[] again = info.text().getBytes(UTF_8);
            check(info.equals(new ReplyReader(new ByteArrayInputStream(again)).info(asked)), "not the same again");
        } catch (FormatException e) {
            check(!String.valueOf(e.getMessage()).contains("\n"), "a message of several lines");
        }
    }

    @FuzzTest
    void traces(byte[] input) {
        TraceGuard whole = new TraceGuard(DESTINATION, true);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(whole.pass(ByteBuffer.wrap(input)));
        out.writeBytes(whole.close());
        TraceGuardTest.checkHarmless(out.toString(UTF_8), DESTINATION);
        TraceGuard cut = new TraceGuard(DESTINATION, true);
        ByteArrayOutputStream pieces = new ByteArrayOutputStream();
        for (int i = 0; i < input.length; i++) {
            pieces.writeBytes(cut.pass(ByteBuffer.wrap(input, i, 1)));
        }
        pieces.writeBytes(cut.close());
        check(out.toString(UTF_8).equals(pieces.toString(UTF_8)), "cuts change what passes");
    }
}
