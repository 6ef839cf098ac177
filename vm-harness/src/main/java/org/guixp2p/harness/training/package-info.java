/** A run in which nodes do what they do most days, so that the JDK can note for its AOT cache what that needs. */
@NullMarked
package org.guixp2p.harness.training;

import org.jspecify.annotations.NullMarked;
