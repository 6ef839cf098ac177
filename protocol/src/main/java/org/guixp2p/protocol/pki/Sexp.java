// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;

/**
 * A libgcrypt s-expression: an octet string, or a list of s-expressions (RFC 9804 without display hints).
 *
 * <p>Two of them are equal when their structure and bytes are, however they were written.
 */
public sealed interface Sexp {
    /** Longest text that is read, in bytes: room for an ACL of thousands of keys. */
    int MAX_BYTES = 1 << 20;
    /** Deepest nesting of lists; keys and signatures need four levels. */
    int MAX_DEPTH = 32;

    /**
     * Reads one expression, with white space around it, in any mix of forms: {@code 3:abc}, tokens, quoted strings,
     * {@code #hexadecimal#} and {@code |base64|}.
     *
     * @throws FormatException when it is malformed, longer than {@link #MAX_BYTES}, deeper than {@link #MAX_DEPTH}, or
     *         followed by anything else
     */
    static Sexp parse(byte[] text) throws FormatException {
        return new SexpParser(text).parse();
    }

    /** Like {@link #parse(byte[])}, for text that stands in a Java string, one character a byte. */
    static Sexp parse(String text) throws FormatException {
        return parse(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The form that has only one spelling: {@code (3:abc4:wxyz)}. */
    default byte[] canonical() {
        return SexpPrinter.canonical(this);
    }

    /** The indented form, byte for byte as libgcrypt prints it ({@code GCRYSEXP_FMT_ADVANCED}). */
    default byte[] advanced() {
        return SexpPrinter.advanced(this);
    }

    /** A token or string, one byte a character. */
    static Atom atom(String text) {
        return new Atom(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** An octet string. */
    static Atom atom(byte[] bytes) {
        return new Atom(bytes.clone());
    }

    static SexpList list(Sexp... items) {
        return new SexpList(List.of(items));
    }

    /** An octet string: a symbol, a text, a number or raw bytes, as the reader sees fit. */
    final class Atom implements Sexp {
        private final byte[] bytes;

        Atom(byte[] bytes) {
            this.bytes = bytes;
        }

        public byte[] bytes() {
            return bytes.clone();
        }

        public int length() {
            return bytes.length;
        }

        /** Whether the bytes are those of {@code text}. */
        public boolean is(String text) {
            return Arrays.equals(bytes, text.getBytes(StandardCharsets.ISO_8859_1));
        }

        /** The bytes as an unsigned big-endian number, leading zeros allowed. */
        public BigInteger unsigned() {
            return new BigInteger(1, bytes);
        }

        /** One character a byte. */
        public String text() {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }

        byte[] raw() {
            return bytes;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Atom that && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        /** Hexadecimal; the bytes of a private key pass through here only if somebody asks for it. */
        @Override
        public String toString() {
            return "#" + HexFormat.of().withUpperCase().formatHex(bytes) + "#";
        }
    }

    /** A list, possibly empty. */
    record SexpList(List<Sexp> items) implements Sexp {
        public SexpList {
            items = List.copyOf(items);
        }

        public int size() {
            return items.size();
        }

        // Written out: the equality that a record gets by itself is put together at its first use, which takes longer
        // than a substituter has for its first narinfo.
        @Override
        public boolean equals(Object other) {
            return other instanceof SexpList that && items.equals(that.items);
        }

        @Override
        public int hashCode() {
            return items.hashCode();
        }

        /** Whether the first item is the atom {@code name}. */
        public boolean isNamed(String name) {
            return !items.isEmpty() && items.getFirst() instanceof Atom atom && atom.is(name);
        }

        /** The item at {@code index} when there is one and it is an atom. */
        public Optional<Atom> atom(int index) {
            return index < items.size() && items.get(index) instanceof Atom atom ? Optional.of(atom) : Optional.empty();
        }

        /** The item at {@code index} when there is one and it is a list. */
        public Optional<SexpList> list(int index) {
            return index < items.size() && items.get(index) instanceof SexpList list
                    ? Optional.of(list)
                    : Optional.empty();
        }

        /**
         * The only direct item that is a list called {@code name}.
         *
         * @throws FormatException when there are two: which of them counts would be a matter of taste
         */
        public Optional<SexpList> find(String name) throws FormatException {
            SexpList found = null;
            for (Sexp item : items) {
                if (item instanceof SexpList list && list.isNamed(name)) {
                    if (found != null) {
                        throw new FormatException("s-expression: '" + name + "' stands twice in one list");
                    }
                    found = list;
                }
            }
            return Optional.ofNullable(found);
        }

        /**
         * The value of {@code (name value)} among the direct items.
         *
         * @throws FormatException when it does not stand there, or twice, or is not a name and one atom
         */
        public Atom required(String name) throws FormatException {
            Optional<SexpList> pair = find(name);
            if (pair.isEmpty() || pair.get().size() != 2 || pair.get().atom(1).isEmpty()) {
                throw new FormatException("s-expression: '" + name + "' has "
                        + (pair.isEmpty() ? "no value" : "not exactly one value"));
            }
            return pair.get().atom(1).get();
        }
    }
}
