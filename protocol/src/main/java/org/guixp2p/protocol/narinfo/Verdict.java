// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.pki.PublicKey;

/** What comes of verifying a narinfo; all but {@link Valid} mean that it must not be used. */
public sealed interface Verdict {
    /** One line for a log or a user: why. */
    String reason();

    /** Signed by a key of the ACL, and about the item that was asked for. */
    record Valid(VerifiedNarinfo narinfo) implements Verdict {
        @Override
        public String reason() {
            return "signed by " + narinfo.signer();
        }
    }

    /** It has no signature, or not all of path, hash and references stand above it. */
    record Unsigned(StorePath path) implements Verdict {
        @Override
        public String reason() {
            return "narinfo of " + path + ": not signed, or its StorePath, NarHash or References is not";
        }
    }

    /** The signature cannot be read. */
    record Corrupt(StorePath path, String detail) implements Verdict {
        @Override
        public String reason() {
            return "narinfo of " + path + ": corrupt signature: " + detail;
        }
    }

    /** The key that it names is not in the ACL. */
    record UnauthorisedKey(StorePath path, PublicKey key) implements Verdict {
        @Override
        public String reason() {
            return "narinfo of " + path + ": signed by an unauthorised key: " + key;
        }
    }

    /** The signature is one of another text. */
    record HashMismatch(StorePath path) implements Verdict {
        @Override
        public String reason() {
            return "narinfo of " + path + ": its signature belongs to another text";
        }
    }

    /** The key in the ACL did not make the signature. */
    record Invalid(StorePath path, String detail) implements Verdict {
        @Override
        public String reason() {
            return "narinfo of " + path + ": invalid signature: " + detail;
        }
    }

    /** Well signed, but about another item: Guix itself would not notice. */
    record WrongPath(StorePath asked, StorePath found) implements Verdict {
        @Override
        public String reason() {
            return "narinfo of " + found + " where that of " + asked + " was asked for";
        }
    }
}
