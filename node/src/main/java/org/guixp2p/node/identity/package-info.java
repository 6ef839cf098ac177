/**
 * Who this node is. A node is its Ed25519 key: the key's digest is the name by which others dial it, and the TLS handshake
 * proves that it holds the key. Losing the file costs a name and the trust that others have in it; showing it to others
 * gives both away. So it is written once, durably, readable by its user alone, and refused when that is no longer so.
 */
@NullMarked
package org.guixp2p.node.identity;

import org.jspecify.annotations.NullMarked;
