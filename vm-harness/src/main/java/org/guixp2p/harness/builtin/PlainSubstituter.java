// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.builtin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.nar.NarLimits;
import org.guixp2p.protocol.nar.NarReader;
import org.guixp2p.protocol.narinfo.NarSource;
import org.guixp2p.protocol.narinfo.VerifiedNarinfo;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.store.Deduplicator;
import org.guixp2p.protocol.store.Restorer;
import org.guixp2p.protocol.store.TreeDeleter;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.HaveReply;
import org.guixp2p.protocol.substituter.InfoReply;
import org.guixp2p.protocol.substituter.LineReader;
import org.guixp2p.protocol.substituter.NixOptions;
import org.guixp2p.protocol.substituter.ProgressReporter;
import org.guixp2p.protocol.substituter.SubstituteReply;

/** Answers the daemon's commands from one server, uncompressed NARs being the only ones that it takes. */
final class PlainSubstituter implements AutoCloseable {
    private static final int FOUND = 200;

    private final NixOptions options;
    private final URI server;
    private final KeptConnection connection;
    private final NarinfoLookup narinfos;
    private final PrintStream log;

    /**
     * A substituter without any connection.
     *
     * @param options name the server
     * @param cache where narinfos are kept
     * @param log descriptor 2
     */
    PlainSubstituter(NixOptions options, Acl acl, Path cache, PrintStream log) throws IOException {
        this.options = options;
        this.server = options.substituteUrls().stream().flatMap(List::stream).findFirst()
                .orElseThrow(() -> new IOException("no server in _NIX_OPTIONS"));
        this.connection = new KeptConnection(server);
        this.narinfos = new NarinfoLookup(cache, acl, connection);
        this.log = log;
    }

    /** Answers {@code have} and {@code info} until they end. */
    void query(InputStream commands, OutputStream replies) throws IOException {
        LineReader lines = new LineReader(commands, Command.MAX_LINE_BYTES);
        for (String line = lines.read(); line != null; line = lines.read()) {
            Command.Query query = Command.parseQuery(line);
            List<VerifiedNarinfo> found = narinfos.lookup(query.paths());
            reply(replies, switch (query) {
                case Command.Have _ -> new HaveReply(found.stream().map(VerifiedNarinfo::path).toList()).text();
                case Command.Info _ -> new InfoReply(found.stream().map(InfoReply.Item::of).toList()).text();
            });
        }
    }

    /** Answers {@code substitute} until there is no more of it. */
    void substitute(InputStream commands, OutputStream replies) throws IOException {
        LineReader lines = new LineReader(commands, Command.MAX_LINE_BYTES);
        for (String line = lines.read(); line != null; line = lines.read()) {
            reply(replies, restored(Command.parseSubstitute(line)).text());
        }
    }

    private static void reply(OutputStream replies, String text) throws IOException {
        replies.write(text.getBytes(UTF_8));
        replies.flush();
    }

    private SubstituteReply restored(Command.Substitute command) throws IOException {
        StorePath path = command.path();
        VerifiedNarinfo narinfo = narinfos.lookup(List.of(path)).stream().findFirst()
                .orElseThrow(() -> new IOException("no narinfo of " + path));
        NarSource source = narinfo.narinfo().sources().stream().filter(each -> each.compression().equals("none"))
                .findFirst().orElseThrow(() -> new IOException("no uncompressed NAR of " + path));
        URI url = source.url().resolve(server);
        Optional<NarSize> size = narinfo.narinfo().narSize();
        ProgressReporter progress = ProgressReporter.of(options, command.destination(), url, path.name(),
                size.isPresent() ? OptionalLong.of(size.get().bytes()) : OptionalLong.empty());
        log.print(progress.started(System.nanoTime()));
        SubstituteReply[] reply = {new SubstituteReply.NotFound()};
        connection.get(List.of(url.getRawPath()), (_, answer) -> {
            if (answer.status() == FOUND) {
                reply[0] = restored(narinfo, answer, Path.of(command.destination().path()));
            }
        });
        boolean whole = reply[0] instanceof SubstituteReply.Success;
        log.print(whole
                ? progress.finished(size.map(NarSize::bytes).orElse(0L), System.nanoTime())
                : progress.abandoned());
        log.flush();
        return reply[0];
    }

    private SubstituteReply restored(VerifiedNarinfo narinfo, KeptConnection.Answer answer, Path destination)
            throws IOException {
        TreeDeleter.delete(destination);
        Deduplicator links = new Deduplicator(destination.resolveSibling(".links"));
        MessageDigest digest = Sha256.digest();
        NarLimits limits = narinfo.narinfo().narSize().map(NarLimits::upTo).orElse(NarLimits.DEFAULT);
        try (Restorer restorer = new Restorer(destination, options.deduplicate() ? links : null)) {
            NarSize size = NarReader.read(new DigestInputStream(answer.body(), digest), limits, restorer);
            NarHash found = new NarHash(Sha256.finish(digest));
            if (!found.equals(narinfo.narHash())) {
                restorer.abort();
                return new SubstituteReply.HashMismatch(narinfo.narHash(), found);
            }
            return new SubstituteReply.Success(found, size);
        }
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
