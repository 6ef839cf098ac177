/**
 * What is right: narinfos from substitute servers, believed only when a key of the ACL has signed them.
 *
 * <p>{@link org.guixp2p.node.metadata.Metadata} asks each question once however many ask it, keeps answers for as long as
 * the servers say, and looks up the references of what it found ahead, since {@code guix-daemon} will ask for them next.
 */
@NullMarked
package org.guixp2p.node.metadata;

import org.jspecify.annotations.NullMarked;
