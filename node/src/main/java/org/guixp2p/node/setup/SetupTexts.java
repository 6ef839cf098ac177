// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.config.Words;

/** What the files of a set-up system say. */
public final class SetupTexts {
    private static final Path STATE = Path.of("/var/lib/guix-p2p");
    private static final Path CACHE = Path.of("/var/cache/guix-p2p");

    private SetupTexts() {}

    /** What sharing and asking tell others; shown before the user decides. */
    public static String privacy() {
        return """
                What others learn:
                  Asking   Whoever is asked for a store item learns the address of this machine and that it is about
                           to install that item. This is so for peers as it is for substitute servers.
                  Sharing  Whoever is offered an item learns that this machine has it, and so what is installed here.
                  Only what a public substitute server has signed is ever offered: private builds stay private.
                share = off    offers nothing
                share = lan    offers to machines on private networks only (the default)
                share = world  offers to everybody
                """;
    }

    /** The lines for a Guix System configuration, which declares services instead of installing them. */
    public static String guixSystemSnippet(ProgramFiles program, Share share) {
        Path extensions = program.extensions();
        // Of their own: guix loads every module that it finds below a directory named by -L.
        Path modules = extensions.resolveSibling("modules");
        return """
                ;; This is Guix System: nothing is installed here. Add this to your operating-system configuration and run
                ;; guix system reconfigure -L %s FILE
                (use-modules (guix services guix-p2p))

                ;; around the services that the field 'services' has:
                (guix-p2p-services
                 (guix-p2p-configuration
                  (jars (local-file "%s" "guix-p2p-lib" #:recursive? #t))
                  (extensions (local-file "%s" "guix-p2p-extensions" #:recursive? #t))
                  (share '%s))
                 %%desktop-services) ; or %%base-services
                """.formatted(modules, program.lib(), extensions, Words.of(share));
    }

    static String settings(Optional<Share> share, Optional<SubstitutePolicy> policy, boolean daemonIsRoot) {
        return """
                # Settings of the guix-p2p node. 'guix-p2p config check' says what is wrong with them,
                # 'guix-p2p config show' what is in effect. Restart the node after a change.

                # Who is offered what this machine has: off, lan or world. Whoever is offered an item learns that it is
                # installed here.
                share = %s

                # p2p-only, p2p-first or http-first
                %ssubstitute_policy = %s

                # Servers for signed metadata and, by the policy, for substitutes.
                #substitute_urls = ["https://bordeaux.guix.gnu.org", "https://ci.guix.gnu.org"]

                # Peers to connect to at the start, each "guixp2p://PEER-ID@HOST:PORT".
                #bootstrap_peers = []

                # Bytes per second over all peers, such as 2 MiB; 0 is no limit.
                #max_upload_rate = 0
                #max_download_rate = 0

                # Who may connect to the node's socket besides root: needed where guix-daemon does not run as root.
                %ssocket_group = %s
                """.formatted(Words.of(share.orElse(Share.LAN)), policy.isPresent() ? "" : "#",
                Words.of(policy.orElse(SubstitutePolicy.P2P_FIRST)), daemonIsRoot ? "#" : "",
                Surroundings.SERVICE_USER);
    }

    static String bridge(NodeConfig config) {
        return """
                # Where the substituter of guix-daemon finds the node, and what it does without one.
                # Written by 'guix-p2p setup' from the node's settings; run that again when those change.
                socket = %s
                fallback = %s
                user = %s
                acl = %s
                """.formatted(config.bridge().socketPath(), Words.of(config.bridge().fallback()),
                Surroundings.SERVICE_USER,
                config.substitutes().aclPath());
    }

    static String dropIn(Path extensions, DaemonUnit daemon) {
        String path = daemon.extensionsPath().map(before -> extensions + ":" + before).orElse(extensions.toString());
        String group = daemon.isRoot() ? "" : "SupplementaryGroups=" + Surroundings.SERVICE_USER + "\n";
        return """
                # Lets guix-daemon ask the guix-p2p node for substitutes. Written by 'guix-p2p setup'.
                [Service]
                Environment=%s
                %s""".formatted(UnitFile.quote("GUIX_EXTENSIONS_PATH=" + path), group);
    }

    static String account() {
        return "# The user of the guix-p2p node. Written by 'guix-p2p setup'.\nu " + Surroundings.SERVICE_USER
                + " - \"guix-p2p node\" " + STATE + "\n";
    }

    static String unit(Path launcher, Optional<Path> jdk, NodeConfig config) {
        List<String> lines = new ArrayList<>();
        jdk.ifPresent(home -> lines.add("Environment=" + UnitFile.quote("JAVA_HOME=" + home)));
        List<Path> writable = new ArrayList<>();
        if (config.files().stateDir().equals(STATE)) {
            lines.add("StateDirectory=guix-p2p\nStateDirectoryMode=0700");
        } else {
            writable.add(config.files().stateDir());
        }
        if (config.files().cacheDir().equals(CACHE)) {
            lines.add("CacheDirectory=guix-p2p\nCacheDirectoryMode=0750");
        } else {
            writable.add(config.files().cacheDir());
        }
        Path sockets = config.bridge().socketPath().getParent();
        if (sockets != null && !sockets.equals(CACHE) && !writable.contains(sockets)) {
            writable.add(sockets);
        }
        writable.forEach(path -> lines.add("ReadWritePaths=" + UnitFile.quote(path.toString())));
        return """
                # The guix-p2p node. Written by 'guix-p2p setup'.
                [Unit]
                Description=Peer-to-peer substitutes for GNU Guix
                Wants=network-online.target
                After=network-online.target

                [Service]
                ExecStart=%s node
                User=%s
                Group=%s
                UMask=0027
                Restart=on-failure
                RestartSec=5
                TimeoutStopSec=10
                %s
                NoNewPrivileges=yes
                CapabilityBoundingSet=
                ProtectSystem=strict
                ProtectHome=yes
                PrivateTmp=yes
                PrivateDevices=yes
                ProtectClock=yes
                ProtectControlGroups=yes
                ProtectHostname=yes
                ProtectKernelLogs=yes
                ProtectKernelModules=yes
                ProtectKernelTunables=yes
                RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
                RestrictNamespaces=yes
                RestrictRealtime=yes
                RestrictSUIDSGID=yes
                LockPersonality=yes

                [Install]
                WantedBy=multi-user.target
                """.formatted(UnitFile.command(launcher), Surroundings.SERVICE_USER, Surroundings.SERVICE_USER,
                String.join("\n", lines));
    }
}
