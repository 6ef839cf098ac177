// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

/**
 * What single words may be made of. Plain loops, as elsewhere on the way of a narinfo: a substituter reads its first one
 * just after it started, when the first lambda of a process costs more than the rest together.
 */
final class Words {
    private Words() {}

    /** Whether {@code text} is ASCII without blanks and control characters; it may be empty. */
    static boolean isPrintable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c >= 0x7f) {
                return false;
            }
        }
        return true;
    }

    /** Whether {@code text} has no other characters than {@code allowed}; it may be empty. */
    static boolean isOf(String text, String allowed) {
        for (int i = 0; i < text.length(); i++) {
            if (allowed.indexOf(text.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }
}
