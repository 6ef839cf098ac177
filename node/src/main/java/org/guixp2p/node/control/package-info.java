/**
 * What the user may change and ask of a node that runs: a Unix socket beside that of the restorers, for the node's user and
 * root alone.
 *
 * <p>A connection carries one request and its answer, in lines of JSON. {@link org.guixp2p.node.control.LimitsRequest}
 * changes something, and is answered by one line; {@link org.guixp2p.node.control.ControlQuestion} asks, and is answered by
 * several. The REST API changes things too, for whoever shows its token; a browser gets that for a link that is asked for here.
 */
@NullMarked
package org.guixp2p.node.control;

import org.jspecify.annotations.NullMarked;
