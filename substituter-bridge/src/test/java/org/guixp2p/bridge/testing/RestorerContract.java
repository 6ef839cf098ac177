// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What every restorer must do. A test class that implements this, and says how its restorer is started, runs all the
 * cases.
 */
@ExtendWith(RestorerBench.Resolver.class)
public interface RestorerContract
        extends
            QueryCases,
            SubstituteCases,
            HostileNarCases,
            UntrustedNarinfoCases,
            FailingNodeCases,
            TraceCases,
            SettingsCases,
            RestorerBench.Subject {}
