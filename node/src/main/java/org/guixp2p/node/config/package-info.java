/**
 * What the user may set, and how it is read.
 *
 * <p>
 * Settings come in layers: built-in defaults, the system's file, the user's file (or one file named on the command line
 * in place of both), then the command line. {@link org.guixp2p.node.config.ConfigLoader} merges them and gives a
 * {@link org.guixp2p.node.config.NodeConfig}, whose every value is already of a type that proves it valid, or a
 * {@link org.guixp2p.node.config.ConfigException} that names <em>every</em> fault with file and line, so that nobody
 * mends a file one start at a time. {@link org.guixp2p.node.config.ConfigKeys} is the one list of keys; the manual page
 * {@code docs/configuration.md} is checked against it.
 */
@NullMarked
package org.guixp2p.node.config;

import org.jspecify.annotations.NullMarked;
