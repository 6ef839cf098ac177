// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

/** Something in a request's parameters cannot be; says what, in words for people. */
final class BadQuestionException extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadQuestionException(String message) {
        super(message, null, false, false);
    }
}
