/**
 * The formats of BitTorrent's Mainline DHT, as far as finding peers needs them (docs/dht.md): the key space
 * ({@link org.guixp2p.protocol.dht.DhtId}), ids bound to addresses ({@link org.guixp2p.protocol.dht.AddressBound}), and the
 * messages ({@link org.guixp2p.protocol.dht.KrpcMessage}), which {@link org.guixp2p.protocol.dht.KrpcEncoder} and
 * {@link org.guixp2p.protocol.dht.KrpcDecoder} turn into datagrams and back.
 *
 * <p>Whatever comes in is a stranger's word. A decoder says only that it has a form; whether an address may be contacted,
 * an id belongs to where it comes from or a token is ours, is for whoever asked to decide.
 */
@NullMarked
package org.guixp2p.protocol.dht;

import org.jspecify.annotations.NullMarked;
