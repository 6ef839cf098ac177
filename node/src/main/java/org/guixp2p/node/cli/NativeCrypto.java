// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Cipher;

/**
 * Hashing and encryption by native code in this process. The JDK's own is as quick once its compiler has seen it for some seconds,
 * and until then slower by far.
 */
final class NativeCrypto {
    private NativeCrypto() {}

    /** Takes from native code, from now on, what it has. Where it cannot be had, nothing changes. */
    static void install() {
        if (AmazonCorrettoCryptoProvider.INSTANCE.getLoadingError() == null) {
            AmazonCorrettoCryptoProvider.install();
        }
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
