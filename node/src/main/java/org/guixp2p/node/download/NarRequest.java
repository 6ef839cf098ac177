// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;

/**
 * What to fetch, and under which rules.
 *
 * @param path the item
 * @param hash the NarHash that an authorised key has signed
 * @param size the NAR's size as the narinfo says it: exact when it is right, and then the hash proves it;
 *        at least {@link #SMALLEST_NAR}
 * @param narinfo the narinfo's signed part and signature
 * @param servers where servers have it, best first; none is asked again that broke off
 * @param isPublic whether strangers may learn that this node wants or has it
 * @param mayAskPeers whether peers are asked at all: it is public and sharing is not off
 * @param lookedUp how long its narinfo was looked for before
 */
public record NarRequest(StorePath path, NarHash hash, NarSize size, byte[] narinfo, List<NarSupply> servers,
        boolean isPublic,
        boolean mayAskPeers, SubstitutePolicy policy, AutoSeed autoSeed, Duration lookedUp) {
    /** Bytes of the NAR of an empty directory; no NAR has fewer. */
    public static final int SMALLEST_NAR = 96;

    public NarRequest {
        servers = List.copyOf(servers);
        if (size.bytes() < SMALLEST_NAR) {
            throw new IllegalArgumentException("no NAR has " + size + " bytes");
        }
    }

    /** One whose narinfo was there. */
    public NarRequest(StorePath path, NarHash hash, NarSize size, byte[] narinfo, List<NarSupply> servers,
            boolean isPublic, boolean mayAskPeers, SubstitutePolicy policy, AutoSeed autoSeed) {
        this(path, hash, size, narinfo, servers, isPublic, mayAskPeers, policy, autoSeed, Duration.ZERO);
    }

    /**
     * What decides how a download goes. Requests that differ in it do not share one: neither the size that an unsigned
     * line claims, nor a server that only one client names, nor an item that only some may ask peers about decides for
     * the others.
     */
    record Rules(StorePath path, NarHash hash, NarSize size, Set<String> servers, boolean isPublic,
            boolean mayAskPeers, SubstitutePolicy policy, AutoSeed autoSeed) {}

    Rules rules() {
        return new Rules(path, hash, size, servers.stream().map(NarSupply::url).collect(Collectors.toSet()), isPublic,
                mayAskPeers, policy, autoSeed);
    }

    /** Whether there is somebody who may be asked for it before anybody asks for it here. */
    public boolean mayBeFetchedAhead() {
        boolean fromPeers = mayAskPeers && policy != SubstitutePolicy.HTTP_FIRST;
        boolean fromServers = policy != SubstitutePolicy.P2P_ONLY && !servers.isEmpty()
                && size.bytes() <= Precedence.FROM_SERVERS_BYTES;
        return fromPeers || fromServers;
    }

    /** Whether the NAR is kept for others when it has come from peers alone, or not. Only public items are. */
    boolean keeps(boolean fromPeers) {
        return isPublic && switch (autoSeed) {
            case OFF -> false;
            case P2P -> fromPeers;
            case ALL -> true;
        };
    }
}
