// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;

/**
 * The way to a peer: whoever dials its address gets to the peer, as fast as the line is and as long as it stands. Real
 * sockets; what the peer sends is counted, and slowed down.
 */
final class Line implements AutoCloseable {
    private static final int PIECE = 8 * 1024;
    /** The kernel hides little of the line's rate from the peer. */
    private static final int BUFFER = 64 * 1024;

    private final PeerAddress peer;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong carried = new AtomicLong();
    private final Object passing = new Object();
    private volatile long bytesPerSecond = Long.MAX_VALUE;
    private volatile boolean cut;
    private boolean interrupted;

    Line(PeerAddress peer) throws IOException {
        this.peer = peer;
        this.listener = new ServerSocket();
        listener.setReceiveBufferSize(BUFFER);
        listener.bind(new InetSocketAddress(InetAddress.ofLiteral(peer.endpoint().host()), 0));
        Thread.ofVirtual().name("line-accept").start(this::accept);
    }

    /** The peer, at the near end of the line. */
    PeerAddress address() {
        return new PeerAddress(peer.id(), new HostAndPort(peer.endpoint().host(), listener.getLocalPort()));
    }

    /** Lets no more than so many bytes a second of what the peer sends through. */
    Line at(long rate) {
        bytesPerSecond = rate;
        return this;
    }

    /** Bytes that have come from the peer. */
    long carried() {
        return carried.get();
    }

    /** Nothing passes any more, though connections stand: as when somebody trips over a cable. */
    void interrupt() {
        synchronized (passing) {
            interrupted = true;
        }
    }

    void restore() {
        synchronized (passing) {
            interrupted = false;
            passing.notifyAll();
        }
    }

    /** Connections are reset, and later ones too: as when the peer's machine is gone. */
    void cut() {
        cut = true;
        hangUp();
    }

    /** Resets the connections of this moment; later ones stand. */
    void hangUp() {
        open.forEach(Line::reset);
        restore();
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // It is gone, which is what was wanted.
        }
    }

    private void accept() {
        while (true) {
            try {
                Socket near = listener.accept();
                Thread.ofVirtual().name("line-dial").start(() -> connect(near));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void connect(Socket near) {
        Socket far = new Socket();
        open.add(near);
        open.add(far);
        try {
            far.setReceiveBufferSize(BUFFER);
            far.connect(new InetSocketAddress(peer.endpoint().host(), peer.endpoint().port()));
            if (cut) {
                throw new IOException("the line is cut");
            }
        } catch (IOException e) {
            end(near, far);
            return;
        }
        AtomicInteger ways = new AtomicInteger(2);
        Thread.ofVirtual().name("line-there").start(() -> carry(near, far, false, ways));
        Thread.ofVirtual().name("line-back").start(() -> carry(far, near, true, ways));
    }

    private void end(Socket near, Socket far) {
        reset(near);
        reset(far);
        open.remove(near);
        open.remove(far);
    }

    private void carry(Socket from, Socket to, boolean back, AtomicInteger ways) {
        byte[] bytes = new byte[PIECE];
        long free = System.nanoTime();
        try {
            InputStream in = from.getInputStream();
            for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                awaitPassing();
                if (back) {
                    carried.addAndGet(count);
                    free = Math.max(free, System.nanoTime()) + count * 1_000_000_000L / bytesPerSecond;
                    LockSupport.parkNanos(free - System.nanoTime());
                }
                to.getOutputStream().write(bytes, 0, count);
            }
            to.shutdownOutput();
            if (ways.decrementAndGet() == 0) {
                end(from, to);
            }
        } catch (IOException e) {
            end(from, to);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end(from, to);
        }
    }

    private void awaitPassing() throws InterruptedException {
        synchronized (passing) {
            while (interrupted) {
                passing.wait();
            }
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cut();
    }
}
