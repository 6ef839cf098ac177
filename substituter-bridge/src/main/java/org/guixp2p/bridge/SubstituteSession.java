// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.Verdict;
import org.guixp2p.protocol.store.TreeDeleter;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.NixOptions;
import org.guixp2p.protocol.substituter.SubstituteReply;
import org.guixp2p.protocol.substituter.TraceGuard;
import org.jspecify.annotations.Nullable;

/** Answers {@code substitute}: restores while the bytes come, and says success only of what it has verified itself. */
final class SubstituteSession {
    private static final int MOST_RESTARTS = 16;
    private static final SubstituteReply NOT_FOUND = new SubstituteReply.NotFound();

    private final Settings settings;
    private final NodeLink link;
    private final TrustedKeys keys;
    private final BuiltIn builtIn;
    private final NixOptions options;
    private volatile @Nullable Restoration current;

    SubstituteSession(Settings settings, NodeLink link, TrustedKeys keys, BuiltIn builtIn, NixOptions options) {
        this.settings = settings;
        this.link = link;
        this.keys = keys;
        this.builtIn = builtIn;
        this.options = options;
    }

    /**
     * Answers a command line.
     *
     * @throws FormatException when the daemon wrote no such command
     * @throws IOException when nobody takes the reply; nothing is left at the destination then
     */
    void answer(String line, ReplyChannel replies) throws IOException {
        Command.Substitute command = Command.parseSubstitute(line);
        Path destination = Path.of(command.destination().path());
        SubstituteReply reply = settle(command, destination);
        try {
            replies.write(reply.text());
        } catch (IOException e) {
            TreeDeleter.delete(destination);
            throw e;
        }
    }

    /** Does all there is to do: when it returns, the item is there, or nothing is. */
    private SubstituteReply settle(Command.Substitute command, Path destination) throws IOException {
        try (Restoration restoration = new Restoration(destination, options.deduplicate())) {
            current = restoration;
            return restore(command, restoration);
        } catch (Restoration.LocalFailure e) {
            DaemonLog.say(String.valueOf(e.getMessage()));
            return NOT_FOUND;
        } finally {
            current = null;
        }
    }

    private SubstituteReply restore(Command.Substitute command, Restoration restoration)
            throws Restoration.LocalFailure {
        TraceGuard traces = new TraceGuard(command.destination(), options.extendedTrace());
        try {
            return fromNode(command, restoration, traces);
        } catch (NodeFailure e) {
            return withoutNode(command, restoration, traces, e);
        } catch (RuntimeException | Error e) {
            // Too much for this process, or a fault of its own: either way Guix's own substituter is not to share it.
            return withoutNode(command, restoration, traces,
                    new NodeFailure("what the node sent cannot be taken in: " + e));
        } catch (Restoration.LocalFailure e) {
            link.failed(e);
            throw e;
        } finally {
            DaemonLog.write(traces.close());
        }
    }

    private SubstituteReply withoutNode(Command.Substitute command, Restoration restoration, TraceGuard traces,
            NodeFailure e) throws Restoration.LocalFailure {
        link.failed(e);
        restoration.restart();
        DaemonLog.write(traces.close());
        DaemonLog.say(String.valueOf(e.getMessage()));
        return settings.fallback() == Settings.Fallback.BUILTIN ? fromBuiltIn(command, restoration) : NOT_FOUND;
    }

    private SubstituteReply fromNode(Command.Substitute command, Restoration restoration, TraceGuard traces)
            throws NodeFailure, Restoration.LocalFailure {
        NodeConnection node = link.request(command.line());
        Progress progress = link.progress();
        try {
            FromNode first = node.next(progress);
            if (first instanceof FromNode.NotFound notFound) {
                return notFound(notFound, traces);
            }
            if (!(first instanceof FromNode.Narinfo text)) {
                throw NodeConnection.unexpected(first);
            }
            Narinfo narinfo = verified(text, command);
            restoration.expect(narinfo);
            return receive(node, progress, narinfo, restoration, traces);
        } catch (NodeFailure.Refusal | Restoration.LocalFailure e) {
            tell(node, new FromRestorer.Result(false, String.valueOf(e.getMessage())));
            throw e;
        }
    }

    private Narinfo verified(FromNode.Narinfo message, Command.Substitute command) throws NodeFailure {
        try {
            Narinfo narinfo = TrustedKeys.parse(message.text());
            Verdict verdict = keys.verify(narinfo, command.path());
            if (!(verdict instanceof Verdict.Valid valid)) {
                throw new NodeFailure.Refusal(verdict.reason());
            }
            if (narinfo.narSize().isEmpty()) {
                // Its hash comes last: without a size, the disk would be full before.
                throw new NodeFailure.Refusal("narinfo of " + command.path() + " without NarSize");
            }
            return valid.narinfo().narinfo();
        } catch (FormatException e) {
            throw new NodeFailure.Refusal(String.valueOf(e.getMessage()));
        }
    }

    private SubstituteReply receive(NodeConnection node, Progress progress, Narinfo narinfo, Restoration restoration,
            TraceGuard traces) throws NodeFailure, Restoration.LocalFailure {
        int restarts = 0;
        while (true) {
            FromNode message = node.next(progress);
            // Not a pattern switch: see FrameEncoder.
            switch (message.type()) {
                case NAR -> {
                    ByteBuffer bytes = ((FromNode.Nar) message).bytes();
                    progress.made(bytes.remaining());
                    restoration.feed(bytes);
                }
                case TRACE -> DaemonLog.write(traces.pass(((FromNode.Trace) message).bytes()));
                case RESTART -> {
                    restarts++;
                    if (restarts > MOST_RESTARTS) {
                        throw new NodeFailure("the node began again more than " + MOST_RESTARTS + " times");
                    }
                    restoration.restart();
                }
                case NAR_END -> {
                    NarSize size = restoration.finish(narinfo);
                    restoration.keep();
                    tell(node, new FromRestorer.Result(true, ""));
                    link.succeeded();
                    return new SubstituteReply.Success(narinfo.narHash(), size);
                }
                case NOT_FOUND -> {
                    restoration.restart();
                    return notFound((FromNode.NotFound) message, traces);
                }
                case WELCOME, PATHS, NARINFO, END, ERROR, ALIVE, HELLO, COMMAND, RESULT ->
                    throw NodeConnection.unexpected(message);
            }
        }
    }

    private SubstituteReply notFound(FromNode.NotFound message, TraceGuard traces) {
        link.succeeded();
        DaemonLog.write(traces.close());
        DaemonLog.say("not found: " + message.reason());
        return NOT_FOUND;
    }

    /** A node that does not hear it has lost no more than a line of its log. */
    private static void tell(NodeConnection node, FromRestorer.Result result) {
        try {
            node.send(result);
        } catch (NodeFailure e) {
            DaemonLog.say(String.valueOf(e.getMessage()));
        }
    }

    /** Without a reply from there, the item is not found: the daemon would not survive that this process ends too. */
    private SubstituteReply fromBuiltIn(Command.Substitute command, Restoration restoration)
            throws Restoration.LocalFailure {
        SubstituteReply reply;
        try {
            reply = builtIn.ask(command);
        } catch (IOException e) {
            DaemonLog.say(String.valueOf(e.getMessage()));
            reply = NOT_FOUND;
        }
        if (reply instanceof SubstituteReply.Success) {
            restoration.keep();
        }
        return reply;
    }

    /** Leaves nothing half-written: this process is ending. */
    void stop() {
        builtIn.stop();
        Restoration restoration = current;
        if (restoration != null) {
            restoration.stop();
        }
    }
}
