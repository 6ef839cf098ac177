// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.io.IOException;
import java.io.ObjectInputStream;

/** What carries an {@link HttpFault} where only an exception can go: through a stream. */
public final class HttpFaultException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient HttpFault fault;

    public HttpFaultException(HttpFault fault) {
        super(fault.reason());
        this.fault = fault;
    }

    public HttpFault fault() {
        return fault;
    }

    private void readObject(ObjectInputStream in) throws IOException {
        throw new IOException("a fault does not leave its process");
    }
}
