/**
 * The NAR format: what a store item is hashed, sent and restored as.
 *
 * <p>A NAR is a sequence of strings, each a 64-bit little-endian length, that many bytes, and zeros up to a multiple of
 * eight. They spell one node: a regular file, a symlink, or a directory of named nodes in the order of their names'
 * UTF-8 bytes (Guix: {@code guix/serialization.scm}, {@code write-file-tree} and {@code fold-archive}).
 *
 * <p>Guix's own reader joins names to directories as they come and allocates what a length announces. So one strict
 * reader, {@link org.guixp2p.protocol.nar.NarParser}, stands before everything that a NAR goes to, and what it hands on
 * is typed: an {@link org.guixp2p.protocol.nar.EntryName} cannot be {@code ..}. There is exactly one NAR for a tree;
 * the parser accepts no other spelling of it, and {@link org.guixp2p.protocol.nar.NarWriter} writes that one.
 */
@NullMarked
package org.guixp2p.protocol.nar;

import org.jspecify.annotations.NullMarked;
