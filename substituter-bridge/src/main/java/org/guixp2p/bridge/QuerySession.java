// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.Verdict;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.HaveReply;
import org.guixp2p.protocol.substituter.InfoReply;

/** Answers {@code have} and {@code info}. The daemon hears nothing of an answer that is not complete. */
final class QuerySession {
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
    String reply(String line) throws IOException {
        Command.Query query = Command.parseQuery(line);
        // Not a pattern switch: see FrameEncoder.
        return query instanceof Command.Info info ? info(info).text() : have((Command.Have) query).text();
    }

    private HaveReply have(Command.Have command) throws IOException {
        try {
            List<StorePath> available = new ArrayList<>();
            Set<StorePath> open = new HashSet<>(command.paths());
            for (Command.Query part : command.parts()) {
                NodeConnection node = link.request(part.line());
                for (FromNode message = node.next(); !(message instanceof FromNode.End); message = node.next()) {
                    if (!(message instanceof FromNode.Paths paths)) {
                        throw NodeConnection.unexpected(message);
                    }
                    paths.paths().stream().filter(open::remove).forEach(available::add);
                }
            }
            link.succeeded();
            return new HaveReply(available);
        } catch (NodeFailure e) {
            return failed(e) ? builtIn.ask(command) : new HaveReply(List.of());
        }
    }

    private InfoReply info(Command.Info command) throws IOException {
        try {
            List<InfoReply.Item> items = new ArrayList<>();
            Set<StorePath> open = new HashSet<>(command.paths());
            for (Command.Query part : command.parts()) {
                NodeConnection node = link.request(part.line());
                for (FromNode message = node.next(); !(message instanceof FromNode.End); message = node.next()) {
                    if (!(message instanceof FromNode.Narinfo narinfo)) {
                        throw NodeConnection.unexpected(message);
                    }
                    add(narinfo, open, items);
                }
            }
            link.succeeded();
            return new InfoReply(items);
        } catch (NodeFailure e) {
            return failed(e) ? builtIn.ask(command) : new InfoReply(List.of());
        }
    }

    /** Adds what a narinfo says, when it is an answer; else it is left out. */
    private void add(FromNode.Narinfo message, Set<StorePath> open, List<InfoReply.Item> items) {
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
            items.add(InfoReply.Item.of(valid.narinfo()));
        } else {
            DaemonLog.say(verdict.reason());
        }
    }

    /** Notes the failure, and says whether Guix's own substituter is to be asked. */
    private boolean failed(NodeFailure e) {
        link.failed(e);
        DaemonLog.say(String.valueOf(e.getMessage()));
        return settings.fallback() == Settings.Fallback.BUILTIN;
    }
}
