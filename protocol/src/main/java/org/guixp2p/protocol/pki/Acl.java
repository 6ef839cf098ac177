// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;

/** The keys whose signed substitutes count, as in {@code /etc/guix/acl} (Guix: {@code guix/pki.scm}). */
public final class Acl {
    private static final Sexp IMPORT_TAG = Sexp.list(Sexp.atom("tag"),
            Sexp.list(Sexp.atom("guix"), Sexp.atom("import")));

    private final Map<PublicKey, PublicKey> keys;

    private Acl(Map<PublicKey, PublicKey> keys) {
        this.keys = keys;
    }

    /** An ACL of just these keys, in this order. */
    public static Acl of(Collection<? extends PublicKey> keys) {
        Map<PublicKey, PublicKey> distinct = new LinkedHashMap<>();
        for (PublicKey key : keys) {
            distinct.putIfAbsent(key, key);
        }
        return new Acl(distinct);
    }

    /**
     * Reads {@code (acl (entry KEY (tag (guix import))) …)}.
     *
     * @throws FormatException when any entry has another form: like Guix, we then trust none of the keys
     */
    public static Acl parse(byte[] text) throws FormatException {
        if (!(Sexp.parse(text) instanceof Sexp.SexpList list) || !list.isNamed("acl")) {
            throw new FormatException("ACL: (acl …) expected");
        }
        List<PublicKey> keys = new ArrayList<>();
        for (Sexp item : list.items().subList(1, list.size())) {
            if (!(item instanceof Sexp.SexpList entry) || !entry.isNamed("entry") || entry.size() != 3
                    || !entry.items().get(2).equals(IMPORT_TAG)) {
                throw new FormatException(
                        "ACL: entry " + (keys.size() + 1) + " is not (entry KEY (tag (guix import)))");
            }
            keys.add(PublicKey.of(entry.items().get(1)));
        }
        return of(keys);
    }

    /** The ACL's own instance of {@code key}, which remembers what it computed, when it is authorised. */
    public Optional<PublicKey> find(PublicKey key) {
        return Optional.ofNullable(keys.get(key));
    }

    public List<PublicKey> keys() {
        return List.copyOf(keys.keySet());
    }

    /** The text of an ACL file. */
    public byte[] encoded() {
        List<Sexp> items = new ArrayList<>();
        items.add(Sexp.atom("acl"));
        keys.keySet().forEach(key -> items.add(Sexp.list(Sexp.atom("entry"), key.sexp(), IMPORT_TAG)));
        return new Sexp.SexpList(items).advanced();
    }

    @Override
    public String toString() {
        return "ACL of " + keys.keySet();
    }
}
