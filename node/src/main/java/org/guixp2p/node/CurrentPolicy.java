// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.util.function.Supplier;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.config.Words;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** In which order peers and servers are asked from now on: as configured, until somebody changes it. Safe for several threads. */
final class CurrentPolicy implements Supplier<SubstitutePolicy> {
    private static final Logger LOG = LoggerFactory.getLogger(CurrentPolicy.class);

    private volatile SubstitutePolicy policy;

    CurrentPolicy(SubstitutePolicy policy) {
        this.policy = policy;
    }

    @Override
    public SubstitutePolicy get() {
        return policy;
    }

    /** What has begun goes on as it was. */
    void set(SubstitutePolicy next) {
        if (next != policy) {
            policy = next;
            LOG.info("substitute_policy is now {}, until the node ends", Words.of(next));
        }
    }
}
