// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

/** What is to be thought of something. */
public enum Verdict {
    OK,
    /** It works, but not as well as it could, or it is not known whether it does. */
    WARNING,
    /** It does not work. */
    ERROR
}
