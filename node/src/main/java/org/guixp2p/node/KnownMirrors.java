// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is known of substitute servers, written down from time to time. */
record KnownMirrors(Mirrors mirrors) implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KnownMirrors.class);
    private static final Duration SAVE = Duration.ofMinutes(10);

    /** Reads what earlier runs have found out; blocks for a moment. */
    static KnownMirrors open(NodeConfig config, InstantSource clock) {
        List<ServerUrl> own = new ArrayList<>();
        for (URI url : config.substitutes().urls()) {
            try {
                own.add(new ServerUrl(url));
            } catch (IllegalArgumentException e) {
                // Whoever asks it hears of it.
                LOG.debug("{}: {}", url, e.getMessage());
            }
        }
        return new KnownMirrors(Mirrors.open(config.files().stateDir(), clock, RandomGenerator.getDefault(), own));
    }

    /** @param blocking where it is written */
    void begin(ActorSystem<?> system, Executor blocking) {
        var _ = system.scheduler().scheduleWithFixedDelay(SAVE, SAVE, () -> blocking.execute(this::close),
                system.executionContext());
    }

    /** Writes it down. */
    @Override
    public void close() {
        try {
            mirrors.save();
        } catch (IOException e) {
            LOG.warn("what servers are like could not be written: {}", IoWords.of(e, Path.of("mirrors")));
        }
    }
}
