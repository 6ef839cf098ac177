// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A restorer, as the contract starts it. */
public interface RestorerUnderTest {
    /**
     * The words of the command up to, and without, {@code --query} or {@code --substitute}.
     */
    List<String> command();

    /**
     * The same for another user, who need not be able to read the files of this one.
     *
     * @param directory where copies of them may lie
     */
    List<String> commandFrom(Path directory) throws IOException;

    /**
     * Variables that it needs besides those of {@code docs/bridge-protocol.md}.
     *
     * @param builtin a shell script that stands for Guix's own substituter, see {@link BuiltinStandIn}: a replayed command
     *        must reach it
     */
    Map<String, String> environment(Path builtin);
}
