// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.Verdict;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.InfoReply;

/** Answers {@code have} and {@code info}. The daemon hears nothing of an answer that is not complete. */
final class QuerySession {
    private static final int SPARE_FRAMES = 16;

    private final Settings settings;
    private final NodeLink link;
    private final TrustedKeys keys;
    private final BuiltIn builtIn;

    QuerySession(Settings settings, NodeLink link, TrustedKeys keys, BuiltIn builtIn) {
        this.settings = settings;
        this.link = link;
        this.keys = keys;
        this.builtIn = builtIn;
    }

    /**
     * The reply to a command line.
     *
     * @throws FormatException when the daemon wrote no such command
     * @throws IOException when Guix's own substituter was asked and gave no whole answer
     */
    QueryReply reply(String line) throws IOException {
        Command.Query query = Command.parseQuery(line);
        try {
            QueryReply reply = fromNode(query);
            link.succeeded();
            return reply;
        } catch (NodeFailure e) {
            return withoutNode(query, e);
        } catch (RuntimeException | Error e) {
            // Too much for this process, or a fault of its own: either way Guix's own substituter is not to share it.
            return withoutNode(query, new NodeFailure("the node's answer cannot be taken in: " + e));
        }
    }

    private QueryReply fromNode(Command.Query query) throws NodeFailure {
        QueryReply reply = new QueryReply();
        for (Command.Query part : query.parts()) {
            Set<StorePath> open = new HashSet<>(part.paths());
            // More can only be noise.
            int allowed = SPARE_FRAMES + 2 * open.size();
            NodeConnection node = link.request(part.line());
            Progress progress = link.progress();
            for (FromNode message = node.next(progress); !(message instanceof FromNode.End); message = node
                    .next(progress)) {
                if (allowed-- == 0) {
                    throw new NodeFailure("the node sent more frames than there are answers");
                }
                add(part, message, open, reply);
                progress.made();
            }
        }
        return reply;
    }

    private void add(Command.Query asked, FromNode message, Set<StorePath> open, QueryReply reply) throws NodeFailure {
        // Not a pattern switch: see FrameEncoder.
        if (asked instanceof Command.Have && message instanceof FromNode.Paths paths) {
            add(paths, open, reply);
        } else if (asked instanceof Command.Info && message instanceof FromNode.Narinfo narinfo) {
            add(narinfo, open, reply);
        } else {
            throw NodeConnection.unexpected(message);
        }
    }

    private static void add(FromNode.Paths paths, Set<StorePath> open, QueryReply reply) {
        for (StorePath path : paths.paths()) {
            if (open.remove(path)) {
                reply.add(path + "\n");
            }
        }
    }

    /** Adds what a narinfo says, when it is an answer; else it is left out. */
    private void add(FromNode.Narinfo message, Set<StorePath> open, QueryReply reply) {
        Narinfo narinfo;
        try {
            narinfo = TrustedKeys.parse(message.text());
        } catch (FormatException e) {
            DaemonLog.say("the node sent " + e.getMessage());
            return;
        }
        if (!open.contains(narinfo.path())) {
            return;
        }
        Verdict verdict = keys.verify(narinfo, narinfo.path());
        if (verdict instanceof Verdict.Valid valid) {
            open.remove(narinfo.path());
            reply.add(InfoReply.Item.of(valid.narinfo()).text());
        } else {
            DaemonLog.say(verdict.reason());
        }
    }

    private QueryReply withoutNode(Command.Query query, NodeFailure e) throws IOException {
        link.failed(e);
        DaemonLog.say(String.valueOf(e.getMessage()));
        return settings.fallback() == Settings.Fallback.BUILTIN ? builtIn.ask(query) : new QueryReply();
    }
}
