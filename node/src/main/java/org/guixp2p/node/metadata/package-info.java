/**
 * What is right: narinfos from substitute servers and peers, believed only when a key of the ACL has signed them.
 *
 * <p>{@link org.guixp2p.node.metadata.Metadata} asks each question once however many ask it, keeps answers for as long as
 * the servers say, and looks up the references of what it found ahead, since {@code guix-daemon} will ask for them next.
 * When no server can be asked, peers are ({@link org.guixp2p.node.metadata.NarinfoSearch}); their word counts as little as a
 * server's, and the signature as much.
 */
@NullMarked
package org.guixp2p.node.metadata;

import org.jspecify.annotations.NullMarked;
