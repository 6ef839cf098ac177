/**
 * What the user may change of a node that runs: a Unix socket beside that of the restorers, for the node's user and root alone.
 *
 * <p>A connection carries one question and its answer, each one line of JSON; {@link org.guixp2p.node.control.LimitsRequest} says
 * which. There is no other way to change anything: the REST API only reads.
 */
@NullMarked
package org.guixp2p.node.control;

import org.jspecify.annotations.NullMarked;
