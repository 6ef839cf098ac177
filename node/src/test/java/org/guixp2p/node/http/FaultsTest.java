// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ConnectException;
import java.net.SocketException;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.guixp2p.persistence.mirrors.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FaultsTest {
    static Stream<Throwable> whatThisMachineLacks() {
        return Stream.of(new OutOfMemoryError("Java heap space"),
                new UnsatisfiedLinkError("no zstd in java.library.path"),
                new CompletionException(new SocketException("Too many open files")));
    }

    @ParameterizedTest
    @MethodSource
    void whatThisMachineLacks(Throwable failure) {
        HttpFault fault = assertInstanceOf(HttpFault.Own.class, Faults.of(failure));
        assertEquals(Optional.empty(), fault.ofServer());
        assertTrue(fault.isOurs() && !fault.isOutage());
    }

    @Test
    void whatRefusesAConnectionIsTheServer() {
        HttpFault fault = Faults.of(new CompletionException(new ConnectException("Connection refused")));
        assertEquals(Optional.of(Fault.CONNECT), fault.ofServer());
    }
}
