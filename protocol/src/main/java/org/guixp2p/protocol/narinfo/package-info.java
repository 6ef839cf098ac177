/**
 * Narinfos: the signed description of one substitute, and whether to believe it.
 *
 * <p>A narinfo is text of which the part above its signature is signed as it stands, byte for byte; so it is kept raw and
 * never written anew. {@link org.guixp2p.protocol.narinfo.NarinfoVerifier} turns a {@link
 * org.guixp2p.protocol.narinfo.Narinfo}, which anybody can have written, into a {@link
 * org.guixp2p.protocol.narinfo.VerifiedNarinfo}, which a key of the ACL has signed; code that acts on one asks for the
 * latter type.
 */
@NullMarked
package org.guixp2p.protocol.narinfo;

import org.jspecify.annotations.NullMarked;
