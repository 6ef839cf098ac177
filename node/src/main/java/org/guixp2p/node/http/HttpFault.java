// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.time.Duration;
import java.util.Optional;
import org.guixp2p.persistence.mirrors.Fault;

/** Why a request to a server came to nothing. */
public sealed interface HttpFault {
    /** One line for a log or a user. */
    String reason();

    /** Whether the fault says that the server cannot be used now, rather than something about what was asked for. */
    default boolean isOutage() {
        return switch (this) {
            case Unreachable fault -> true;
            case TimedOut fault -> true;
            case Status(int code) -> code == 502 || code == 503 || code == 504;
            case BadRedirect fault -> false;
            case Malformed fault -> false;
            case Truncated fault -> false;
            case Stalled fault -> true;
            case TooLarge fault -> false;
            case Overloaded fault -> false;
            case Own fault -> false;
            case Stopped fault -> false;
        };
    }

    /** What it says of the server itself; nothing when it is about what was asked for, or about us. */
    default Optional<Fault> ofServer() {
        return switch (this) {
            case Unreachable fault -> Optional.of(Fault.CONNECT);
            case TimedOut fault -> Optional.of(Fault.TIMEOUT);
            case Status(int code) -> isIll(code) ? Optional.of(Fault.STATUS) : Optional.empty();
            case BadRedirect fault -> Optional.empty();
            case Malformed fault -> Optional.of(Fault.DAMAGED);
            case Truncated fault -> Optional.of(Fault.BROKEN);
            case Stalled fault -> Optional.of(Fault.TIMEOUT);
            case TooLarge fault -> Optional.of(Fault.DAMAGED);
            case Overloaded fault -> Optional.empty();
            case Own fault -> Optional.empty();
            case Stopped fault -> Optional.empty();
        };
    }

    /** Whether it says nothing of the server, not even that it is there. */
    default boolean isOurs() {
        return this instanceof Overloaded || this instanceof Own || this instanceof Stopped;
    }

    /** Whether an answer with such a status says something of the server's own state, rather than of the item. */
    static boolean isIll(int status) {
        return status >= 500 || status == 408 || status == 429;
    }

    /** No connection, no name, no handshake, or one closed before it brought an answer. */
    record Unreachable(String why) implements HttpFault {
        @Override
        public String reason() {
            return "cannot be reached: " + why;
        }
    }

    /** No answer in time. */
    record TimedOut(Duration after) implements HttpFault {
        @Override
        public String reason() {
            return "no answer within " + after.toMillis() + " ms";
        }
    }

    /** An answer, but not the one that was hoped for. */
    record Status(int code) implements HttpFault {
        @Override
        public String reason() {
            return "answered with HTTP status " + code;
        }
    }

    /** A redirection that is not followed. */
    record BadRedirect(String why) implements HttpFault {
        @Override
        public String reason() {
            return "redirection refused: " + why;
        }
    }

    /** Not HTTP, or not the compression that was announced. */
    record Malformed(String why) implements HttpFault {
        @Override
        public String reason() {
            return "malformed answer: " + why;
        }
    }

    /** The answer ended before it was complete. */
    record Truncated(String why) implements HttpFault {
        @Override
        public String reason() {
            return "answer cut short: " + why;
        }
    }

    /** The answer began and then made no headway although somebody waited for it. */
    record Stalled(Duration after) implements HttpFault {
        @Override
        public String reason() {
            return "no headway for " + after.toMillis() + " ms";
        }
    }

    /** More bytes than there can honestly be. */
    record TooLarge(long limit) implements HttpFault {
        @Override
        public String reason() {
            return "answer longer than " + limit + " bytes";
        }
    }

    /** Too much is under way on our side. */
    record Overloaded(String why) implements HttpFault {
        @Override
        public String reason() {
            return "too many requests: " + why;
        }
    }

    /** Something that this machine lacks: memory, a library, file descriptors. */
    record Own(String why) implements HttpFault {
        @Override
        public String reason() {
            return "this machine failed: " + why;
        }
    }

    /** The node is stopping. */
    record Stopped() implements HttpFault {
        @Override
        public String reason() {
            return "the node is stopping";
        }
    }
}
