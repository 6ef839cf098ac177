// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.guixp2p.protocol.bridge.FromRestorer.Mode;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.LineReader;
import org.guixp2p.protocol.substituter.NixOptions;
import org.jspecify.annotations.Nullable;

/**
 * {@code guix-p2p substitute --query|--substitute [--reply-fd N] [--socket PATH]}: what {@code guix-daemon} starts when
 * {@code GUIX} names this program.
 *
 * <p>Exit status 0 when the commands have ended, 1 at a fault of the command line, of the settings, of a command, or when
 * nobody takes the replies.
 */
public final class SubstituteMain {
    private static final int DAEMONS_REPLY_DESCRIPTOR = 4;
    private static final String USAGE = "usage: guix-p2p substitute --query|--substitute [--reply-fd N] [--socket PATH]";

    private @Nullable Mode mode;
    private int replyDescriptor = DAEMONS_REPLY_DESCRIPTOR;
    private @Nullable Path socket;

    private SubstituteMain() {}

    public static void main(String[] arguments) {
        int status = 0;
        try {
            if (arguments.length == 1 && arguments[0].equals("--train")) {
                Training.run();
            } else {
                SubstituteMain main = new SubstituteMain();
                main.parse(arguments);
                main.run();
            }
        } catch (UsageException | IOException e) {
            DaemonLog.say(String.valueOf(e.getMessage()));
            status = 1;
        }
        // A thread of the JDK that is still there must not keep the daemon waiting.
        System.exit(status);
    }

    private void parse(String[] arguments) throws UsageException {
        int at = arguments.length > 0 && arguments[0].equals("substitute") ? 1 : 0;
        while (at < arguments.length) {
            String option = arguments[at++];
            switch (option) {
                case "--query" -> set(Mode.QUERY);
                case "--substitute" -> set(Mode.SUBSTITUTE);
                case "--reply-fd" -> replyDescriptor = descriptor(value(arguments, at++, option));
                case "--socket" -> socket = path(value(arguments, at++, option));
                default -> throw new UsageException("unknown option '" + option + "'; " + USAGE);
            }
        }
        if (mode == null) {
            throw new UsageException("neither --query nor --substitute; " + USAGE);
        }
    }

    private void set(Mode wanted) throws UsageException {
        if (mode != null) {
            throw new UsageException("more than one mode; " + USAGE);
        }
        mode = wanted;
    }

    private static String value(String[] arguments, int at, String option) throws UsageException {
        if (at >= arguments.length) {
            throw new UsageException(option + " needs a value; " + USAGE);
        }
        return arguments[at];
    }

    private static int descriptor(String value) throws UsageException {
        if (value.length() == 1 || (value.length() < 5 && !value.startsWith("0"))) {
            try {
                return Integer.parseUnsignedInt(value);
            } catch (NumberFormatException e) {
                // As below.
            }
        }
        throw new UsageException("--reply-fd: a descriptor's number expected, found '" + value + "'");
    }

    private static Path path(String value) throws UsageException {
        if (!value.startsWith("/")) {
            throw new UsageException("--socket: a path from the root expected, found '" + value + "'");
        }
        return Path.of(value);
    }

    private void run() throws UsageException, IOException {
        Settings settings = Settings.load(System.getenv());
        if (socket != null) {
            settings = settings.withSocket(socket);
        }
        String nixOptions = System.getenv().getOrDefault("_NIX_OPTIONS", "");
        serve(mode == null ? Mode.QUERY : mode, settings, nixOptions, new FileInputStream(FileDescriptor.in),
                ReplyChannel.open(replyDescriptor));
    }

    /**
     * Answers commands until they end.
     *
     * @throws IOException when a command is malformed, or a reply cannot be given
     */
    static void serve(Mode mode, Settings settings, String nixOptions, InputStream commands, ReplyChannel replies)
            throws IOException {
        LineReader lines = new LineReader(commands, Command.MAX_LINE_BYTES);
        BuiltIn builtIn = new BuiltIn(settings.builtin(), mode);
        TrustedKeys keys = new TrustedKeys(settings.acl());
        try (NodeLink link = new NodeLink(settings, mode, nixOptions)) {
            switch (mode) {
                case QUERY -> query(lines, replies, new QuerySession(settings, link, keys, builtIn));
                case SUBSTITUTE -> substitute(lines, replies,
                        new SubstituteSession(settings, link, keys, builtIn, NixOptions.parse(nixOptions)));
            }
        }
    }

    private static void query(LineReader commands, ReplyChannel replies, QuerySession session) throws IOException {
        for (String line = commands.read(); line != null; line = commands.read()) {
            replies.write(session.reply(line));
        }
    }

    private static void substitute(LineReader commands, ReplyChannel replies, SubstituteSession session)
            throws IOException {
        Runtime.getRuntime().addShutdownHook(new Thread(session::stop));
        for (String line = commands.read(); line != null; line = commands.read()) {
            session.answer(line, replies);
        }
    }
}
