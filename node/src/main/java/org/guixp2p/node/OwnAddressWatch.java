// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.node.discovery.dht.DhtStatus;

/** Notices when this machine has other addresses than before, or others see it at another one; and has the DHT say where it is. */
final class OwnAddressWatch {
    private static final Duration LOOK = Duration.ofSeconds(10);

    private final Directories directories;
    private final Runnable changed;
    private Set<InetAddress> before;

    private OwnAddressWatch(Directories directories, Runnable changed) {
        this.directories = directories;
        this.changed = changed;
        this.before = ofInterfaces();
    }

    /**
     * Looks from now on, as long as the actors run.
     *
     * @param directories say how the DHT of each family is doing, and tell it where this node is
     * @param disk where looking may block
     * @param changed told each time
     */
    static void begin(ActorSystem<?> system, Directories directories, Executor disk, Runnable changed) {
        OwnAddressWatch watch = new OwnAddressWatch(directories, changed);
        var _ = system.scheduler().scheduleWithFixedDelay(LOOK, LOOK,
                () -> directories.dht().exceptionally(busy -> List.of()).thenAcceptAsync(watch::look, disk),
                system.executionContext());
    }

    private synchronized void look(List<DhtStatus> families) {
        Set<InetAddress> now = ofInterfaces();
        families.stream().map(DhtStatus::seenAt).flatMap(Optional::stream).forEach(now::add);
        if (!now.equals(before)) {
            before = now;
            changed.run();
        }
        directories.publish(families);
    }

    private static Set<InetAddress> ofInterfaces() {
        Set<InetAddress> found = new HashSet<>();
        try {
            NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                    .forEach(found::add);
        } catch (SocketException e) {
            // There are no interfaces.
        }
        return found;
    }
}
