// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.net.URI;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Follows a server's redirections (RFC 9110, 15.4), a few and not everywhere.
 *
 * <p>Never from https to http: what is asked for tells what is wanted. Never from a server elsewhere to an address that
 * is written as one of this machine or its network: nobody out there has a say in what this machine asks its neighbours.
 * That rule looks at the URL alone; it is no firewall against names that resolve to such addresses.
 */
final class Redirects {
    private static final int MOST = 5;

    private final Set<URI> seen = new HashSet<>();
    private final Strangers strangers;

    Redirects(URI first) {
        this(first, Strangers.NONE);
    }

    /** @param strangers are followed nowhere but to themselves */
    Redirects(URI first, Strangers strangers) {
        this.strangers = strangers;
        seen.add(first);
    }

    static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    /**
     * Where to ask next.
     *
     * @throws HttpFaultException with {@link HttpFault.BadRedirect} when it is not to be followed
     */
    URI follow(URI from, Optional<String> location) throws HttpFaultException {
        if (location.isEmpty()) {
            throw refused("it does not say whither");
        }
        URI to;
        try {
            to = from.resolve(location.get());
        } catch (IllegalArgumentException e) {
            throw refused("not a URL");
        }
        Origin target = permitted(from, to);
        if (strangers.isAt(from) && !target.equals(Origin.of(from))) {
            throw refused("nobody named it, and it sends us elsewhere, to " + target);
        }
        if (!seen.add(to)) {
            throw refused("it leads in a circle");
        }
        if (seen.size() > MOST + 1) {
            throw refused("more than " + MOST + " in a row, the last to " + target);
        }
        return to;
    }

    /** The target's origin, when a server at {@code from} may send us to {@code to}. */
    static Origin permitted(URI from, URI to) throws HttpFaultException {
        Origin source = Origin.of(from);
        Origin target;
        try {
            target = Origin.of(to);
        } catch (HttpFaultException e) {
            throw refused(e.fault().reason());
        }
        if (source.secure() && !target.secure()) {
            throw refused("from https to " + target);
        }
        if (target.isPrivate() && !source.isPrivate()) {
            throw refused("from " + source + " into a private network, to " + target);
        }
        return target;
    }

    private static HttpFaultException refused(String why) {
        return new HttpFaultException(new HttpFault.BadRedirect(why));
    }
}
