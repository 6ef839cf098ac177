/**
 * What substitute servers said about items, kept on disk for as long as they said it holds.
 *
 * <p>A {@link org.guixp2p.persistence.narinfo.NarinfoCache} remembers answers as they came, hits and misses alike, and
 * judges nothing: whoever reads a narinfo out of it verifies it again, so a damaged or tampered cache can cost time and
 * never trust. It is a cache in earnest: any entry may be missing at any time, and losing all of it loses nothing but
 * round trips.
 */
@NullMarked
package org.guixp2p.persistence.narinfo;

import org.jspecify.annotations.NullMarked;
