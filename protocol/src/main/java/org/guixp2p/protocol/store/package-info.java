/**
 * Store items on disk: their trees as NARs, and NARs as trees.
 *
 * <p>The only package of this module that touches files, and only below directories that its caller hands in. Nothing
 * here follows a symlink that lies in a tree: a tree is read as it is, and restored by names relative to directories
 * held open, so that a symlink planted meanwhile leads nowhere.
 *
 * <p>{@link org.guixp2p.protocol.store.TreeSerializer} streams a tree's NAR; {@link
 * org.guixp2p.protocol.store.NarIndex} reads any range of it without writing it; {@link
 * org.guixp2p.protocol.store.Restorer} writes a tree with the modes and times that Guix gives it ({@code restore-file}
 * in {@code guix/serialization.scm}), and {@link org.guixp2p.protocol.store.Deduplicator} links its files as {@code
 * guix/store/deduplication.scm} does.
 *
 * <p>File names are UTF-8 here. A JVM whose locale is not cannot name every file; it refuses those, and never writes
 * other bytes than the file system has.
 */
@NullMarked
package org.guixp2p.protocol.store;

import org.jspecify.annotations.NullMarked;
