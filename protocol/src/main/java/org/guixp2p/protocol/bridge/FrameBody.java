// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.bridge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.jspecify.annotations.Nullable;

/** Reads the bodies of frames whose length was found to be within their type's limit. */
final class FrameBody {
    private FrameBody() {}

    static FromRestorer fromRestorer(FrameType type, ByteBuffer body) throws FormatException {
        return switch (type) {
            case HELLO -> hello(text(type, body));
            case COMMAND -> command(text(type, body));
            case RESULT -> result(body);
            case WELCOME, PATHS, NARINFO, END, TRACE, NAR, NAR_END, RESTART, NOT_FOUND, ERROR, ALIVE ->
                throw wrongSide(type);
        };
    }

    static FromNode fromNode(FrameType type, ByteBuffer body) throws FormatException {
        return switch (type) {
            case WELCOME -> welcome(text(type, body));
            case PATHS -> new FromNode.Paths(paths(text(type, body)));
            case NARINFO -> new FromNode.Narinfo(body);
            case END -> empty(type, body, new FromNode.End());
            case TRACE -> new FromNode.Trace(body);
            case NAR -> new FromNode.Nar(some(type, body));
            case NAR_END -> empty(type, body, new FromNode.NarEnd());
            case RESTART -> empty(type, body, new FromNode.Restart());
            case NOT_FOUND -> new FromNode.NotFound(text(type, body));
            case ERROR -> new FromNode.Refused(text(type, body));
            case ALIVE -> empty(type, body, new FromNode.Alive());
            case HELLO, COMMAND, RESULT -> throw wrongSide(type);
        };
    }

    static FormatException wrongSide(FrameType type) {
        return new FormatException("bridge: a '" + type + "' frame does not come from this side");
    }

    private static String text(FrameType type, ByteBuffer body) throws FormatException {
        // Paths are ASCII, and many paths are long: their text is made at once, without the decoder's copies.
        if (body.hasArray() && isAscii(body)) {
            return new String(body.array(), body.arrayOffset() + body.position(), body.remaining(), ISO_8859_1);
        }
        try {
            return UTF_8.newDecoder().decode(body).toString();
        } catch (CharacterCodingException e) {
            throw new FormatException("bridge: " + type + ": not UTF-8", e);
        }
    }

    /** Frames without anything in them could come for ever. */
    private static ByteBuffer some(FrameType type, ByteBuffer body) throws FormatException {
        if (!body.hasRemaining()) {
            throw new FormatException("bridge: " + type + ": empty");
        }
        return body;
    }

    private static boolean isAscii(ByteBuffer body) {
        for (int i = body.position(); i < body.limit(); i++) {
            if (body.get(i) < 0) {
                return false;
            }
        }
        return true;
    }

    private static FromNode empty(FrameType type, ByteBuffer body, FromNode message) throws FormatException {
        if (body.hasRemaining()) {
            throw new FormatException("bridge: " + type + ": no body expected, found " + body.remaining() + " bytes");
        }
        return message;
    }

    private static FromRestorer hello(String text) throws FormatException {
        Fields fields = new Fields(FrameType.HELLO, text);
        int version = 0;
        FromRestorer.Mode mode = null;
        FromRestorer.Daemon daemon = null;
        while (true) {
            Field field = fields.next();
            if (field == null) {
                break;
            }
            switch (field.name) {
                case "version" -> version = field.version(version);
                case "mode" -> mode = FromRestorer.Mode.parse(field.once(mode));
                case "daemon" -> daemon = FromRestorer.Daemon.parse(field.once(daemon));
                default -> {
                    // Of a later minor revision; the contract says to skip it.
                }
            }
        }
        if (version == 0 || mode == null) {
            throw new FormatException("bridge: hello: no '" + (version == 0 ? "version" : "mode") + "'");
        }
        return new FromRestorer.Hello(version, mode, daemon, fields.afterEmptyLine());
    }

    private static FromNode welcome(String text) throws FormatException {
        Fields fields = new Fields(FrameType.WELCOME, text);
        int version = 0;
        String agent = null;
        while (true) {
            Field field = fields.next();
            if (field == null) {
                break;
            }
            switch (field.name) {
                case "version" -> version = field.version(version);
                case "agent" -> agent = field.once(agent);
                default -> {
                    // As in a hello.
                }
            }
        }
        if (version == 0) {
            throw new FormatException("bridge: welcome: no 'version'");
        }
        return new FromNode.Welcome(version, agent == null ? "" : agent);
    }

    private static FromRestorer command(String line) throws FormatException {
        if (!FromRestorer.Command.isLine(line)) {
            throw new FormatException("bridge: command: one line expected, found " + FormatException.quote(line));
        }
        return new FromRestorer.Command(line);
    }

    private static FromRestorer result(ByteBuffer body) throws FormatException {
        if (!body.hasRemaining()) {
            throw new FormatException("bridge: result: empty");
        }
        int verdict = body.get();
        if (verdict != 0 && verdict != 1) {
            throw new FormatException("bridge: result: 0 or 1 expected, found " + verdict);
        }
        return new FromRestorer.Result(verdict == 1, text(FrameType.RESULT, body));
    }

    private static List<StorePath> paths(String text) throws FormatException {
        List<StorePath> paths = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int newline = text.indexOf('\n', start);
            if (newline < 0) {
                throw new FormatException("bridge: paths: the last line is cut short");
            }
            paths.add(StorePath.parse(text.substring(start, newline)));
            start = newline + 1;
        }
        return paths;
    }

    /** {@code NAME=VALUE} lines up to the end or an empty line. */
    private static final class Fields {
        private final FrameType type;
        private final String text;
        private int next;

        Fields(FrameType type, String text) {
            this.type = type;
            this.text = text;
        }

        @Nullable
        Field next() throws FormatException {
            if (next == text.length() || text.charAt(next) == '\n') {
                return null;
            }
            int newline = text.indexOf('\n', next);
            if (newline < 0) {
                throw new FormatException("bridge: " + type + ": the last line is cut short");
            }
            String line = text.substring(next, newline);
            int equals = line.indexOf('=');
            if (equals <= 0) {
                throw new FormatException("bridge: " + type + ": NAME=VALUE expected, found "
                        + FormatException.quote(line));
            }
            next = newline + 1;
            return new Field(type, line.substring(0, equals), line.substring(equals + 1));
        }

        String afterEmptyLine() throws FormatException {
            if (next == text.length()) {
                throw new FormatException("bridge: " + type + ": no empty line after the names");
            }
            return text.substring(next + 1);
        }
    }

    private record Field(FrameType type, String name, String value) {
        String once(@Nullable Object earlier) throws FormatException {
            if (earlier != null) {
                throw new FormatException("bridge: " + type + ": '" + name + "' stands twice");
            }
            return value;
        }

        int version(int earlier) throws FormatException {
            once(earlier == 0 ? null : earlier);
            if (value.isEmpty() || value.length() > 4 || !value.chars().allMatch(c -> c >= '0' && c <= '9')
                    || Integer.parseInt(value) == 0) {
                throw new FormatException("bridge: " + type + ": version: a number expected, found "
                        + FormatException.quote(value));
            }
            return Integer.parseInt(value);
        }
    }
}
