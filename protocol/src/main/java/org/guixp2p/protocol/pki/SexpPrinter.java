// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/**
 * Writes s-expressions, the indented form with every blank and line end where libgcrypt puts it: what we sign then
 * looks like what {@code guix publish} signs, and a signature of one key over one text is the same bytes from both.
 */
final class SexpPrinter {
    private static final String ESCAPED = "\b\t\u000b\n\f\r\"'\\";
    /** What stands behind the backslash, in the same order. */
    private static final String ESCAPES = "btvnfr\"'\\";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private SexpPrinter() {}

    static byte[] canonical(Sexp sexp) {
        SexpPrinter printer = new SexpPrinter();
        printer.writeCanonical(sexp);
        return printer.out.toByteArray();
    }

    static byte[] advanced(Sexp sexp) {
        SexpPrinter printer = new SexpPrinter();
        switch (sexp) {
            case Sexp.Atom atom -> printer.writeAtom(atom);
            case Sexp.SexpList list -> printer.writeList(list, 0);
        }
        printer.out.write('\n');
        return printer.out.toByteArray();
    }

    private void writeCanonical(Sexp sexp) {
        switch (sexp) {
            case Sexp.Atom atom -> {
                write(atom.length() + ":");
                out.writeBytes(atom.raw());
            }
            case Sexp.SexpList list -> {
                out.write('(');
                list.items().forEach(this::writeCanonical);
                out.write(')');
            }
        }
    }

    private void writeList(Sexp.SexpList list, int depth) {
        out.write('(');
        List<Sexp> items = list.items();
        for (int i = 0; i < items.size(); i++) {
            switch (items.get(i)) {
                case Sexp.Atom atom -> {
                    // After a list everything but another list begins on a line of its own.
                    if (i > 0 && items.get(i - 1) instanceof Sexp.SexpList) {
                        newLine(depth + 1);
                    }
                    writeAtom(atom);
                    if (i + 1 < items.size()) {
                        out.write(' ');
                    }
                }
                case Sexp.SexpList inner -> {
                    newLine(depth + 1);
                    writeList(inner, depth + 1);
                }
            }
        }
        if (!items.isEmpty() && items.getLast() instanceof Sexp.SexpList) {
            newLine(depth + 1);
        }
        out.write(')');
    }

    private void newLine(int indent) {
        write("\n" + " ".repeat(indent));
    }

    private void writeAtom(Sexp.Atom atom) {
        byte[] bytes = atom.raw();
        if (bytes.length == 0) {
            write("\"\"");
        } else if (!isText(bytes)) {
            write("#" + HexFormat.of().withUpperCase().formatHex(bytes) + "#");
        } else if (isToken(bytes)) {
            out.writeBytes(bytes);
        } else {
            writeQuoted(bytes);
        }
    }

    /** Whether libgcrypt would take the bytes for a text: nothing that C cannot escape, nor like a number's sign. */
    private static boolean isText(byte[] bytes) {
        if (bytes[0] < 0) {
            return false;
        }
        for (byte b : bytes) {
            int c = b & 0xff;
            if ((c < 0x20 && ESCAPED.indexOf(c) < 0) || (c >= 0x7f && c <= 0xa0)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isToken(byte[] bytes) {
        if (SexpParser.isDigit(bytes[0] & 0xff)) {
            return false;
        }
        for (byte b : bytes) {
            if (!SexpParser.isTokenByte(b & 0xff)) {
                return false;
            }
        }
        return true;
    }

    private void writeQuoted(byte[] bytes) {
        out.write('"');
        for (byte b : bytes) {
            int escape = ESCAPED.indexOf(b & 0xff);
            if (escape >= 0) {
                out.write('\\');
                out.write(ESCAPES.charAt(escape));
            } else {
                out.write(b);
            }
        }
        out.write('"');
    }

    private void write(String ascii) {
        out.writeBytes(ascii.getBytes(StandardCharsets.US_ASCII));
    }
}
