// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.profile;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.guixp2p.protocol.FormatException;
import org.opentest4j.AssertionFailedError;

/** Any bytes either are a manifest or are refused, in a line that says nothing of them. */
class ProfileManifestFuzzTest {
    @FuzzTest
    void manifest(byte[] input) {
        try {
            if (ProfileManifest.parse(input).entries().size() > ProfileManifest.MAX_ENTRIES) {
                throw new AssertionFailedError("more than there may be");
            }
        } catch (FormatException e) {
            String message = String.valueOf(e.getMessage());
            if (!message.startsWith("s-expression: ") || message.length() > 200) {
                throw new AssertionFailedError(message);
            }
        }
    }
}
