// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Looks at everything. */
public final class Doctor {
    private static final List<Check> ALL = List.of(new IdentityCheck(), new ListenCheck(), new BootstrapCheck(),
            new ExternalAddressCheck(), new ShareableAddressCheck(), new ReachabilityCheck(),
            new DirectoryCheck("cache directory", config -> config.files().cacheDir()),
            new DirectoryCheck("state directory", config -> config.files().stateDir()), new DiskCheck(), new AclCheck(),
            new StoreDatabaseCheck(), new NodeCheck(), new DaemonCheck(), new ServersCheck(),
            new NearbyServersCheck());

    private Doctor() {}

    /**
     * What is found, in a fixed order.
     *
     * @param within what all of it may take; what is not known by then is a warning
     */
    public static List<Finding> examine(Patient patient, Duration within) {
        return examine(ALL, patient, within);
    }

    static List<Finding> examine(List<Check> checks, Patient patient, Duration within) {
        long until = System.nanoTime() + within.toNanos();
        List<CompletableFuture<List<Finding>>> running = checks.stream().map(check -> begin(check, patient)).toList();
        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < checks.size(); i++) {
            List<Finding> late = List.of(Finding.warning(checks.get(i).subject(),
                    "not known: looking took more than " + within.toSeconds() + " s", "try again"));
            findings.addAll(running.get(i)
                    .completeOnTimeout(late, Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS).join());
        }
        return findings;
    }

    private static CompletableFuture<List<Finding>> begin(Check check, Patient patient) {
        CompletableFuture<List<Finding>> findings = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("doctor").start(() -> {
            try {
                findings.complete(check.examine(patient));
            } catch (RuntimeException e) {
                findings.complete(
                        List.of(Finding.error(check.subject(), "looking at it failed: " + e, "report this as a bug")));
            }
        });
        return findings;
    }
}
