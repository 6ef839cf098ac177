// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

/**
 * What was found.
 *
 * @param subject what was looked at
 * @param seen one line
 * @param advice what to do, one line; empty when all is well
 */
public record Finding(String subject, Verdict verdict, String seen, String advice) {
    static Finding ok(String subject, String seen) {
        return new Finding(subject, Verdict.OK, seen, "");
    }

    public static Finding warning(String subject, String seen, String advice) {
        return new Finding(subject, Verdict.WARNING, seen, advice);
    }

    public static Finding error(String subject, String seen, String advice) {
        return new Finding(subject, Verdict.ERROR, seen, advice);
    }
}
