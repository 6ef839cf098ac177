// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.util.Optional;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;

/**
 * What the user decides when setting up; what is empty stays as the settings have it.
 *
 * @param share who is offered what this machine has
 * @param policy where substitutes come from
 * @param startNow whether services are started and restarted, or only enabled
 */
public record SetupChoices(Optional<Share> share, Optional<SubstitutePolicy> policy, boolean startNow) {}
