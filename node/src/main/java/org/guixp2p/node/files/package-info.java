/**
 * Files that must be whole after a crash. Whoever keeps something that would be missed writes it through
 * {@link org.guixp2p.node.files.DurableFiles}: a reader sees the old content, the new content or no file, never a part.
 */
@NullMarked
package org.guixp2p.node.files;

import org.jspecify.annotations.NullMarked;
