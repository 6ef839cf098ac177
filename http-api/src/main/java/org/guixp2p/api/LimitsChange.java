// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.Optional;

/** Which limits are to change, the others staying as they are; what each is, {@link LimitsStatus} says. */
public record LimitsChange(Optional<Long> upload, Optional<Long> download, Optional<Long> uploadPerPeer,
        Optional<Long> downloadPerPeer) {}
