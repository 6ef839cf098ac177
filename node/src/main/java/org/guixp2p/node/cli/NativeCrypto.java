// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Cipher;

/**
 * Hashing and encryption by native code in this process. The JDK's own is as quick once its compiler has seen it for some seconds,
 * and until then slower by far.
 */
final class NativeCrypto {
    /** Those that there is native code for, as the JDK calls them. */
    private static final Set<String> PROCESSORS = Set.of("amd64", "aarch64");

    private NativeCrypto() {}

    /**
     * Takes from native code, from now on, what it has. Where it cannot be had, nothing changes.
     *
     * @return why it cannot be had, if that is so where it should be
     */
    static Optional<Throwable> install() {
        Throwable failure = AmazonCorrettoCryptoProvider.INSTANCE.getLoadingError();
        if (failure == null) {
            AmazonCorrettoCryptoProvider.install();
        }
        return Optional.ofNullable(failure).filter(any -> PROCESSORS.contains(System.getProperty("os.arch")));
    }

    /** Where the JVM compiles as quickly as it can, the JDK's own stays slow. */
    static String remedy(Throwable failure) {
        return "native code cannot hash and encrypt, so that this node is many times slower at it: " + failure
                + ". Its file is unpacked into " + System.getProperty("java.io.tmpdir")
                + ", where programs must be allowed to run; -Djava.io.tmpdir in GUIX_P2P_JAVA_OPTS names another directory,"
                + " and -XX:TieredStopAtLevel=4 there lets the JVM make up for it as far as it can";
    }

    /** Who hashes and encrypts, for the log. */
    static String describe() {
        try {
            return "SHA-256 by " + MessageDigest.getInstance("SHA-256").getProvider().getName() + ", AES-GCM by "
                    + Cipher.getInstance("AES/GCM/NoPadding").getProvider().getName();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has both", e);
        }
    }
}
