// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Writes NARs string by string, good ones and such as no writer would make. */
public final class RawNar {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** The bytes so far. */
    public byte[] bytes() {
        return bytes.toByteArray();
    }

    /** Strings, each with its length and its padding. */
    public RawNar strings(String... strings) {
        for (String string : strings) {
            string(string.getBytes(UTF_8));
        }
        return this;
    }

    /** One string, with its length and its padding. */
    public RawNar string(byte... string) {
        length(string.length);
        bytes.writeBytes(string);
        bytes.writeBytes(new byte[-string.length & 7]);
        return this;
    }

    /** A length alone. */
    public RawNar length(long length) {
        bytes.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
        return this;
    }

    /** Bytes just so. */
    public RawNar plain(byte... plain) {
        bytes.writeBytes(plain);
        return this;
    }

    /** The magic and the begin of a directory. */
    public static RawNar directory() {
        return new RawNar().strings("nix-archive-1", "(", "type", "directory");
    }

    /** An entry that is a regular file. */
    public RawNar file(String name, String contents) {
        return strings("entry", "(", "name", name, "node", "(", "type", "regular", "contents", contents, ")", ")");
    }

    /** An entry that is a symlink. */
    public RawNar symlink(String name, String target) {
        return strings("entry", "(", "name", name, "node", "(", "type", "symlink", "target", target, ")", ")");
    }

    /** The begin of an entry that is a directory. */
    public RawNar open(String name) {
        return strings("entry", "(", "name", name, "node", "(", "type", "directory");
    }

    /** The end of an entry that is a directory. */
    public RawNar close() {
        return strings(")", ")");
    }

    /** The end of the outermost directory, and so of the NAR. */
    public byte[] end() {
        return strings(")").bytes();
    }

    /** A good NAR of one regular file. */
    public static byte[] ofFile(byte[] contents) {
        return new RawNar().strings("nix-archive-1", "(", "type", "regular", "contents").string(contents).strings(")")
                .bytes();
    }

    /**
     * What must be refused although a trusted key has signed its very hash and size, by what is wrong with it. Those that
     * try to leave their directory aim at {@code ../outside/}.
     */
    public static Map<String, byte[]> hostile() {
        Map<String, byte[]> nars = new LinkedHashMap<>();
        nars.put("dot-dot", directory().file("..", "x").end());
        nars.put("dot", directory().file(".", "x").end());
        nars.put("empty-name", directory().file("", "x").end());
        nars.put("path-up", directory().file("../outside/escaped", "x").end());
        nars.put("path-down", directory().open("a").close().file("a/b", "x").end());
        nars.put("absolute", directory().file("/escaped", "x").end());
        nars.put("nul", directory().file("a\0b", "x").end());
        nars.put("directory-up", directory().open("..").open("outside").file("escaped", "x").close().close().end());
        nars.put("unordered", directory().file("b", "x").file("a", "x").end());
        nars.put("twice", directory().file("a", "x").file("a", "y").end());
        nars.put("through-a-symlink",
                directory().symlink("a", "../outside").open("a").file("escaped", "x").close().end());
        nars.put("over-a-symlink", directory().symlink("a", "../outside/escaped").file("a", "x").end());
        nars.put("long-name", directory().file("n".repeat(256), "x").end());
        nars.put("huge-name", directory().strings("entry", "(", "name").length(Long.MAX_VALUE).bytes());
        nars.put("negative-length", directory().strings("entry", "(", "name").length(-1).bytes());
        nars.put("huge-target",
                new RawNar().strings("nix-archive-1", "(", "type", "symlink", "target").length(1L << 40).bytes());
        nars.put("empty-target", directory().symlink("a", "").end());
        nars.put("huge-contents",
                new RawNar().strings("nix-archive-1", "(", "type", "regular", "contents").length(1L << 62).bytes());
        nars.put("huge-magic", new RawNar().length(1L << 33).bytes());
        nars.put("bad-padding", directory().strings("entry", "(", "name").length(1)
                .plain((byte) 'a', (byte) 1, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0)
                .strings("node", "(", "type", "regular", "contents", "x", ")", ")").end());
        nars.put("bad-contents-padding", new RawNar().strings("nix-archive-1", "(", "type", "regular", "contents")
                .length(1).plain(new byte[]{'x', 0, 0, 0, 0, 0, 0, 9}).strings(")").bytes());
        nars.put("wrong-magic", new RawNar().strings("nix-archive-2", "(", "type", "regular", "contents", "x", ")")
                .bytes());
        nars.put("unknown-type", new RawNar().strings("nix-archive-1", "(", "type", "fifo", ")").bytes());
        nars.put("no-type", new RawNar().strings("nix-archive-1", "(", "contents", "x", ")").bytes());
        nars.put("truncated", directory().file("a", "x").bytes());
        nars.put("nothing", new byte[0]);
        nars.put("trailing-bytes", directory().file("a", "x").strings(")", "more").bytes());
        nars.put("trailing-zeros", directory().file("a", "x").strings(")").plain(new byte[8]).bytes());
        nars.put("deep", nested(5000));
        nars.put("just-too-deep", nested(257));
        nars.put("no-text", directory().strings("entry", "(", "name").string((byte) 'n', (byte) 0xe4)
                .strings("node", "(", "type", "symlink", "target", "x", ")", ")").end());
        return nars;
    }

    /** The one of them where that is wrong. */
    public static byte[] hostile(String wrong) {
        return Objects.requireNonNull(hostile().get(wrong), wrong);
    }

    /** A good NAR of so many directories within one another. */
    public static byte[] nested(int directories) {
        RawNar nar = directory();
        for (int i = 1; i < directories; i++) {
            nar.open("d");
        }
        for (int i = 1; i < directories; i++) {
            nar.close();
        }
        return nar.end();
    }
}
