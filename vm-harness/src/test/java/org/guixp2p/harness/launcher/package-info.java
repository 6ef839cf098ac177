/** The {@code guix-p2p} script, run with a JDK, a Maven and a Guix that only write down what they were asked. */
@NullMarked
package org.guixp2p.harness.launcher;

import org.jspecify.annotations.NullMarked;
