// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.guixp2p.harness.process.ProcessTable;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.FileSize;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.Destination;
import org.guixp2p.protocol.substituter.InfoReply;
import org.guixp2p.protocol.substituter.SubstituteReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against shell scripts, which show what a substituter sees of whoever starts it. */
@Timeout(60)
class SubstituterTest {
    private static final StorePath ITEM = new StorePath("1".repeat(32) + "-item");
    private static final Duration SOON = Duration.ofSeconds(30);

    private final ProcessTable table = new ProcessTable();

    @AfterEach
    void endAll() {
        table.close();
    }

    private Substituter script(String script) throws IOException {
        return Substituter.start(table, "substituter", List.of("/bin/sh", "-c", script),
                Map.of("PATH", "/usr/bin:/bin", "_NIX_OPTIONS", "deduplicate=yes\n"));
    }

    private static FutureTask<Substituter.Answer> ask(Substituter substituter) throws IOException {
        return substituter.substitute(new Command.Substitute(ITEM, Destination.of(ITEM)));
    }

    private static SubstituteReply reply(FutureTask<Substituter.Answer> asked) throws Exception {
        return asked.get(30, TimeUnit.SECONDS).reply();
    }

    @Test
    void repliesComeFromDescriptor4AndTheRestIsLog() throws Exception {
        Substituter substituter = script("read line; echo \"$line\"; echo not-found >&4; echo error >&2");
        assertInstanceOf(SubstituteReply.NotFound.class, reply(ask(substituter)));
        assertEquals(0, substituter.finish());
        assertEquals(List.of("substitute " + ITEM + " " + ITEM, "error"), substituter.log().messages());
    }

    @Test
    void itStandsInTheRootWithNothingButItsOwnEnvironment() throws Exception {
        Substituter substituter = script("pwd; env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD= | sort");
        substituter.finish();
        assertEquals(List.of("/", "PATH=/usr/bin:/bin", "_NIX_OPTIONS=deduplicate=yes"),
                substituter.log().messages().stream().filter(line -> !line.isEmpty()).toList());
    }

    @Test
    void infoIsRead() throws Exception {
        Substituter substituter = script(
                "read line; echo \"[$line]\"; printf '%s\\n\\n0\\n10\\n20\\n\\n' " + ITEM + " >&4; cat");
        InfoReply reply = substituter.info(List.of(ITEM), SOON);
        assertEquals(List.of(new InfoReply.Item(ITEM, Optional.empty(), List.of(), Optional.of(new FileSize(10)),
                Optional.of(new NarSize(20)))), reply.items());
        assertEquals(0, substituter.finish());
        // The shell's own 'read' takes the blank at the end away, which the command has.
        assertEquals(List.of("[info " + ITEM + "]"), substituter.log().messages());
    }

    @Test
    void severalRequestsFollowOneAnother() throws Exception {
        Substituter substituter = script("while read line; do echo not-found >&4; done");
        assertInstanceOf(SubstituteReply.NotFound.class, reply(ask(substituter)));
        assertInstanceOf(SubstituteReply.NotFound.class, reply(ask(substituter)));
        assertEquals(0, substituter.finish());
    }

    @Test
    void anEndWithoutReplyIsAnError() throws Exception {
        Substituter substituter = script("read line; exit 3");
        ExecutionException e = assertThrows(ExecutionException.class, () -> reply(ask(substituter)));
        assertInstanceOf(IOException.class, e.getCause());
        assertEquals(3, substituter.finish());
    }

    @Test
    void nonsenseIsAnError() throws Exception {
        Substituter substituter = script("read line; echo /gnu/store/other >&4; cat");
        IOException e = assertThrows(IOException.class, () -> substituter.info(List.of(ITEM), SOON));
        assertTrue(String.valueOf(e.getMessage()).startsWith("substituter (process "), e::getMessage);
    }

    @Test
    void noAnswerInTimeIsAnError() throws Exception {
        Substituter substituter = script("exec cat");
        IOException e = assertThrows(IOException.class,
                () -> substituter.info(List.of(ITEM), Duration.ofMillis(50)));
        assertTrue(String.valueOf(e.getMessage()).contains("has not answered 'info " + ITEM + "' within 0 s"),
                e::getMessage);
    }
}
