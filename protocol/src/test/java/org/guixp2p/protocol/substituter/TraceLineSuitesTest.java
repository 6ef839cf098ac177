// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import static org.guixp2p.protocol.testing.Suites.refusal;
import static org.guixp2p.protocol.testing.Suites.refusesControlsIn;
import static org.guixp2p.protocol.testing.Suites.refusesPrefixes;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.util.List;
import java.util.OptionalLong;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class TraceLineSuitesTest {
    private static final Destination DESTINATION = Destination.of(CommandTest.A);
    private static final String START = "@ download-started " + DESTINATION + " http://x/y 500";
    private static final String PROGRESS = "@ download-progress " + DESTINATION + " http://x/y 500 300";
    private static final String END = "@ download-succeeded " + DESTINATION + " http://x/y 500";

    @Nested
    class Correct {
        @Test
        void eachKindIsRead() throws FormatException {
            URI url = URI.create("http://x/y");
            assertEquals(new TraceLine.Started(DESTINATION, url, OptionalLong.of(500)), TraceLine.parse(START));
            assertEquals(new TraceLine.Progress(DESTINATION, url, OptionalLong.of(500), 300),
                    TraceLine.parse(PROGRESS));
            assertEquals(new TraceLine.Succeeded(DESTINATION, url, 500), TraceLine.parse(END));
            assertEquals(new TraceLine.Started(DESTINATION, url, OptionalLong.empty()),
                    TraceLine.parse(START.replace(" 500", " -")));
        }
    }

    @Nested
    class Insufficient {
        @Test
        void everyPrefixIsRefused() {
            // The last number may be cut and still be one.
            for (String line : List.of(START, PROGRESS, END)) {
                refusesPrefixes(TraceLine::parse, line, line.length() - 2);
            }
        }
    }

    @Nested
    class Invalid {
        @Test
        void whatEndsALineOrSteersATerminalIsRefusedAnywhere() {
            for (String line : List.of(START, PROGRESS, END)) {
                refusesControlsIn(TraceLine::parse, line);
            }
        }

        @Test
        void numbersAreDecimalWithoutSign() {
            for (String number : List.of("+5", "-5", "0x5", "5.0", "٥", " 5", "5 ", "--")) {
                refusal(TraceLine::parse, START.replace(" 500", " " + number));
                refusal(TraceLine::parse, PROGRESS.replace(" 300", " " + number));
                refusal(TraceLine::parse, END.replace(" 500", " " + number));
            }
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void linesAndNumbersEndSomewhere() throws FormatException {
            String url = "http://" + "x".repeat(TraceLine.MAX_LENGTH - START.length() - "http://".length() + 10);
            assertEquals(TraceLine.MAX_LENGTH, START.replace("http://x/y", url).length());
            TraceLine.parse(START.replace("http://x/y", url));
            refusal(TraceLine::parse, START.replace("http://x/y", url + "x"));
            refusal(TraceLine::parse, "@" + " ".repeat(1 << 20));
            TraceLine.parse(END.replace("500", "9".repeat(18)));
            refusal(TraceLine::parse, END.replace("500", "9".repeat(19)));
        }
    }
}
