// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Signature;
import org.guixp2p.protocol.FormatException;

/**
 * A value that the DHT keeps (BEP 44). The value is bencoded, at most {@link #MAX_VALUE} bytes, and travels as it is: it is
 * hashed and signed in the bytes that stand in a datagram. Its dictionaries have their keys in order, each once; otherwise
 * implementations that write it anew would not find its hash.
 */
public sealed interface DhtItem {
    /** Longest value in bytes. */
    int MAX_VALUE = 1000;

    /** The value, bencoded. */
    Octets value();

    /** The key under which the item is kept. */
    DhtId target();

    /** An item that is kept under its own hash. */
    record Immutable(Octets value) implements DhtItem {
        public Immutable {
            requireValue(value);
        }

        /** The SHA-1 of the value. */
        @Override
        public DhtId target() {
            return sha1(value);
        }
    }

    /**
     * An item that is kept under the key of its owner, who may replace it by one with a higher number. Whoever gets one
     * verifies {@link #isSigned}.
     *
     * @param publicKey the owner's raw Ed25519 key (RFC 8032)
     * @param salt tells items of one owner apart; up to {@link #MAX_SALT} bytes, empty where there is one item only. Answers do
     *         not repeat it: it is empty in an item from an answer until {@link #withSalt}
     * @param sequence from 0 on
     * @param signature the owner's
     */
    record Mutable(Octets publicKey, Octets salt, long sequence, Octets value, Octets signature) implements DhtItem {
        public static final int KEY_BYTES = 32;
        public static final int SIGNATURE_BYTES = 64;
        public static final int MAX_SALT = 64;

        public Mutable {
            requireValue(value);
            if (publicKey.length() != KEY_BYTES || signature.length() != SIGNATURE_BYTES || salt.length() > MAX_SALT
                    || sequence < 0) {
                throw new IllegalArgumentException(
                        "a mutable item has a key of " + KEY_BYTES + " bytes, a signature of "
                                + SIGNATURE_BYTES + ", a salt of up to " + MAX_SALT + " and a number from 0 on");
            }
        }

        /**
         * Signs an item.
         *
         * @param publicKey the raw public half of {@code key}
         * @throws InvalidKeyException when {@code key} is no Ed25519 key
         */
        public static Mutable sign(PrivateKey key, Octets publicKey, Octets salt, long sequence, Octets value)
                throws InvalidKeyException {
            try {
                Signature signer = Signature.getInstance(Ed25519.ALGORITHM);
                signer.initSign(key);
                signer.update(signed(salt, sequence, value));
                return new Mutable(publicKey, salt, sequence, value, Octets.of(signer.sign()));
            } catch (InvalidKeyException e) {
                throw e;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every Java platform since 15 signs with Ed25519", e);
            }
        }

        /** Whether the signature is one of the owner over salt, number and value. */
        public boolean isSigned() {
            return Ed25519.verify(publicKey.bytes(), signed(salt, sequence, value), signature.bytes());
        }

        /** The same item with the salt under which it was asked for. */
        public Mutable withSalt(Octets known) {
            return new Mutable(publicKey, known, sequence, value, signature);
        }

        /** The SHA-1 of public key and salt, side by side. */
        @Override
        public DhtId target() {
            return target(publicKey, salt);
        }

        /** Where the item of this owner with this salt is kept. */
        public static DhtId target(Octets publicKey, Octets salt) {
            return sha1(publicKey, salt);
        }

        /** What is signed: the entries of a dictionary, without its beginning and its end. */
        static byte[] signed(Octets salt, long sequence, Octets value) {
            BencodeWriter entries = new BencodeWriter().optionalString("salt", salt).number("seq", sequence)
                    .verbatim("v", value);
            byte[] dictionary = entries.encoded();
            return Octets.slice(dictionary, 1, dictionary.length - 1).shared();
        }
    }

    private static void requireValue(Octets value) {
        if (value.length() > MAX_VALUE) {
            throw new IllegalArgumentException("a value of " + value.length() + " bytes");
        }
        BencodeScanner scanner = new BencodeScanner(value.shared(), 0, value.length(), true);
        try {
            scanner.skip();
        } catch (FormatException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        if (!scanner.atEnd()) {
            throw new IllegalArgumentException("more than one bencoded value");
        }
    }

    private static DhtId sha1(Octets... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            for (Octets part : parts) {
                digest.update(part.shared());
            }
            return DhtId.of(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}
