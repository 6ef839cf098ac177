// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.http.scaladsl.model.EntityStreamException;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.http.scaladsl.model.IllegalResponseException;
import org.apache.pekko.http.scaladsl.model.ParsingException;
import org.apache.pekko.stream.BufferOverflowException;
import org.apache.pekko.stream.ConnectionException;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.compress.MemoryBudget;
import org.jspecify.annotations.Nullable;

/** Tells from an exception, wherever in the layers it was made, what went wrong. */
final class Faults {
    private static final int MOST_LETTERS = 200;
    /** What Pekko says when a connection ends within an answer, and not of chunks that make no sense. */
    private static final String CUT_SHORT = "Entity stream truncation";
    /** What Pekko says when a connection ends where the answer to a request should begin. */
    private static final String NOTHING = "Illegal HTTP message start";

    /** What the system says of EMFILE and ENFILE. */
    private static final String NO_DESCRIPTORS = "Too many open files";

    private Faults() {}

    static HttpFault of(Throwable failure) {
        return switch (failure) {
            case HttpFaultException known -> known.fault();
            case EntityStreamSizeException tooLong -> new HttpFault.TooLarge(tooLong.limit());
            case EntityStreamException cut when cut.info().summary().startsWith(CUT_SHORT) -> new HttpFault.Truncated(
                    line(cut));
            case EntityStreamException illegal -> new HttpFault.Malformed(line(illegal));
            case IllegalResponseException none when none.info().summary().equals(NOTHING) -> new HttpFault.Unreachable(
                    "the server closed the connection");
            case IllegalResponseException illegal -> new HttpFault.Malformed(line(illegal));
            case ParsingException illegal -> new HttpFault.Malformed(line(illegal));
            case FormatException illegal -> new HttpFault.Malformed(line(illegal));
            case BufferOverflowException full -> new HttpFault.Overloaded(line(full));
            case MemoryBudget.ExhaustedException full -> new HttpFault.Overloaded(line(full));
            case CompletionException wrapped -> unwrap(wrapped);
            case ConnectionException wrapped -> unwrap(wrapped);
            case TimeoutException late -> new HttpFault.Unreachable(line(late));
            case VirtualMachineError ours -> new HttpFault.Own(line(ours));
            case LinkageError ours -> new HttpFault.Own(line(ours));
            default -> line(failure).contains(NO_DESCRIPTORS)
                    ? new HttpFault.Own(line(failure))
                    : new HttpFault.Unreachable(line(failure));
        };
    }

    private static HttpFault unwrap(Throwable wrapper) {
        @Nullable
        Throwable cause = wrapper.getCause();
        return cause == null ? new HttpFault.Unreachable(line(wrapper)) : of(cause);
    }

    /** One line with the innermost cause that says something. */
    static String line(Throwable failure) {
        Throwable innermost = failure;
        for (int i = 0; i < 10; i++) {
            Throwable cause = innermost.getCause();
            if (cause == null) {
                break;
            }
            innermost = cause;
        }
        String message = innermost.getMessage() == null ? innermost.getClass().getSimpleName() : innermost.getMessage();
        String line = message.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
        return line.length() <= MOST_LETTERS ? line : line.substring(0, MOST_LETTERS) + "…";
    }
}
