/**
 * Substitute servers over HTTP: many small answers at once, and NARs as streams.
 *
 * <p>Narinfos are asked for by the hundred, and what they cost is round trips; so {@link
 * org.guixp2p.node.http.PipelinedClient} sends them one behind the other on a few kept-alive connections, as Guix itself
 * does in batches of up to 1000, with a bounded number under way and those that somebody
 * waits for before those that are looked up ahead. NARs are few and long: {@link org.guixp2p.node.http.HttpNarSource}
 * gives each a connection, kept alive for the next one, and decompresses it as it comes.
 *
 * <p>Servers are not trusted with anything but their own answers: every answer has a limit on its size and a time by
 * which it must make headway, and every fault is a value of {@link org.guixp2p.node.http.HttpFault}.
 */
@NullMarked
package org.guixp2p.node.http;

import org.jspecify.annotations.NullMarked;
