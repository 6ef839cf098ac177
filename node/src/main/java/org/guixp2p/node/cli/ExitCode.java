// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

/** What a command tells its caller. */
final class ExitCode {
    static final int OK = 0;
    /** It could not be done: a port in use, a file that cannot be written. */
    static final int FAILURE = 1;
    /** The command line or the settings are wrong, and nothing was begun; or the doctor found what does not work. */
    static final int USAGE = 2;
    /** A fault of the program itself; a stack trace says more (the {@code EX_SOFTWARE} of {@code sysexits.h}). */
    static final int INTERNAL = 70;

    private ExitCode() {}
}
