// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.nio.file.Path;

/** What the disk that NARs lie on says of its room. */
interface Disk {
    /** How many bytes it has left. */
    long free();

    /**
     * How many bytes of a file are there, its holes not counted; none of one that is not there. The first answer may take half
     * a second.
     */
    long there(Path file);
}
