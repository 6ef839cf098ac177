// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.net.InetAddress;
import java.util.Optional;
import javax.jmdns.ServiceInfo;

/** What this node tells of itself on networks nearby, or hears there of others, for one type of service. Safe for several threads. */
public abstract class LanService {
    LanService() {}

    /** The type (RFC 6763, section 7), fully qualified. */
    abstract String type();

    /** Whether it is of use at an address of this machine. */
    abstract boolean isUsedAt(InetAddress own);

    /**
     * What is told there; nothing when it only hears.
     *
     * @param name stands for this node at that address
     */
    abstract Optional<ServiceInfo> announcement(LanInterface there, String name);

    /** What hears of others; nothing when it only tells. */
    abstract Optional<Hearing> hearing();

    /** What hears of others, on threads of JmDNS that are not to be held up. */
    interface Hearing {
        /** A network is looked at from now on. */
        void look();

        /** Somebody is said to be there; nothing of it has been looked at. */
        void heard(LanPeers.Source source, ServiceInfo info);

        /** Whoever was heard of there, under that name, has left. */
        void left(LanPeers.Source source);

        /** Nothing is heard there any more. */
        void leftAll(LanInterface there);

        /** Networks are asked again who is there, the {@code round}th time. */
        void lookAgain(int round);
    }
}
