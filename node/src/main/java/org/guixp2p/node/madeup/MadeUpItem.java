// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.madeup;

import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;
import org.guixp2p.api.BuildStatus;

/** A store item, with names that look like real ones. */
record MadeUpItem(String storePath, String narHash, long narBytes) {
    private static final String DIGITS = "0123456789abcdfghijklmnpqrsvwxyz";
    private static final int PATH_DIGITS = 32;
    private static final int NAR_DIGITS = 52;
    private static final List<String> NAMES = List.of("glibc-2.41", "gcc-toolchain-15.2.0", "emacs-30.2",
            "icecat-140.4.0-gnu1",
            "linux-libre-6.17.8", "guile-3.0.11", "openjdk-25.0.1", "texlive-scheme-basic-2025", "python-3.12.12",
            "rust-1.90.0", "llvm-21.1.5", "gimp-3.0.6", "libreoffice-25.8.3.2", "inkscape-1.4.2", "blender-4.5.4",
            "git-2.52.0", "coreutils-9.8", "gtk-4.20.2", "qtbase-6.10.0", "mesa-25.2.7", "ffmpeg-8.0",
            "webkitgtk-2.50.2", "haskell-pandoc-3.8", "postgresql-18.1", "ungoogled-chromium-142.0");

    static MadeUpItem any(RandomGenerator random, long leastBytes, long mostBytes) {
        double part = random.nextDouble() * random.nextDouble();
        long bytes = leastBytes + (long) (part * (mostBytes - leastBytes));
        return new MadeUpItem(
                "/gnu/store/" + digits(random, PATH_DIGITS) + "-" + NAMES.get(random.nextInt(NAMES.size())),
                "sha256:" + digits(random, NAR_DIGITS), bytes);
    }

    /** What is said of it where it was not promised: no narinfo of it counts, or there is one and nobody has the NAR. */
    BuildStatus refused(long id, Instant now, double seconds, boolean known) {
        String why = known
                ? "no peer has said in time that it has it, and no server gives it (substitute_policy = p2p-only)"
                : "none of the servers that were asked has a narinfo of it, or none answers";
        return new BuildStatus(id, storePath, known ? narHash : "", known ? narBytes : 0, "not-claimed", now.toString(),
                seconds, "nowhere", known ? "no-provider" : "no-metadata",
                "Whoever asked was told that it cannot be had: " + why + ".",
                List.of(new BuildStatus.Phase(known ? "providers" : "metadata", seconds)), List.of(),
                known
                        ? List.of(new BuildStatus.Turn("peers", "no peer has said in time that it has it"))
                        : List.of(),
                List.of(), 0, 0, 0, null);
    }

    /** So many digits of nix-base32. */
    static String digits(RandomGenerator random, int count) {
        StringBuilder text = new StringBuilder(count);
        for (int digit = 0; digit < count; digit++) {
            text.append(DIGITS.charAt(random.nextInt(DIGITS.length())));
        }
        return text.toString();
    }
}
