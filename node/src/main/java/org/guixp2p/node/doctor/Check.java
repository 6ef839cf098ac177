// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.util.List;

/** Looks at one thing. */
interface Check {
    /** What it looks at. */
    String subject();

    /** What it finds: at least one thing. It may block, and takes no longer than a few seconds. */
    List<Finding> examine(Patient patient);
}
