/**
 * What substitute servers were like: how soon they answer, how fast they give, and how they failed. Pure arithmetic over what others have
 * measured, kept on disk in one small file.
 */
@NullMarked
package org.guixp2p.persistence.mirrors;

import org.jspecify.annotations.NullMarked;
