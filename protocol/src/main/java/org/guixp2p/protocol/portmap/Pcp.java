// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.portmap;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;

/**
 * The Port Control Protocol (RFC 6887), NAT-PMP's successor at the same port: its MAP operation, without options.
 */
public final class Pcp {
    /** Longest datagram there may be (RFC 6887, section 7). */
    public static final int MAX_BYTES = 1100;
    /** Of what tells a mapping from those of others: chosen by chance once, and kept. */
    public static final int NONCE_BYTES = 12;

    private static final int VERSION = 2;
    private static final int MAP = 1;
    private static final int ANSWER = 128;
    private static final int BYTES = 60;
    private static final int HEADER_BYTES = 24;
    private static final int ADDRESS_BYTES = 16;
    private static final int UNSUPPORTED_VERSION = 1;

    private final InetAddress client;
    private final byte[] nonce;

    /**
     * The questions about one mapping.
     *
     * @param client this machine's address, as the router sees it
     * @param nonce {@link #NONCE_BYTES}, which others must not guess: they could take the mapping away
     */
    public Pcp(InetAddress client, byte[] nonce) {
        if (nonce.length != NONCE_BYTES) {
            throw new IllegalArgumentException("a nonce of " + nonce.length + " bytes");
        }
        this.client = client;
        this.nonce = nonce.clone();
    }

    /** Asks for a mapping, or gives one up. */
    public byte[] ask(MappingRequest request) {
        ByteBuffer datagram = ByteBuffer.allocate(BYTES).put((byte) VERSION).put((byte) MAP).putShort((short) 0)
                .putInt((int) request.lifetimeSeconds()).put(wide(client))
                .put(nonce).put((byte) request.transport().number()).put(new byte[3]).putShort((short) request.port())
                .putShort((short) request.wanted());
        // No address suits better than others; the zeros are of the family that is wanted.
        return datagram.put(wide(NatPmp.address(new byte[client.getAddress().length]))).array();
    }

    /** IPv4 as a mapped address (RFC 6887, section 5). */
    private static byte[] wide(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == ADDRESS_BYTES) {
            return bytes;
        }
        byte[] wide = new byte[ADDRESS_BYTES];
        Arrays.fill(wide, 10, 12, (byte) 0xff);
        System.arraycopy(bytes, 0, wide, 12, 4);
        return wide;
    }

    /**
     * Reads the answer to {@code request}.
     *
     * @return {@link GatewayAnswer.Mapped} or {@link GatewayAnswer.Refused}
     * @throws FormatException when it is none, or one to something or somebody else
     */
    public GatewayAnswer read(byte[] datagram, MappingRequest request) throws FormatException {
        if (datagram.length < 4 || datagram.length > MAX_BYTES) {
            throw new FormatException("PCP: an answer of " + datagram.length + " bytes");
        }
        int version = datagram[0] & 0xff;
        // A router that speaks NAT-PMP alone answers in that (RFC 6887, appendix A).
        if (version != VERSION) {
            return new GatewayAnswer.Refused(UNSUPPORTED_VERSION, reason(UNSUPPORTED_VERSION), true);
        }
        if ((datagram[1] & 0xff) != (ANSWER | MAP)) {
            throw new FormatException("PCP: an answer of kind " + (datagram[1] & 0xff));
        }
        int code = datagram[3] & 0xff;
        if (code == UNSUPPORTED_VERSION) {
            return new GatewayAnswer.Refused(code, reason(code), true);
        }
        if (datagram.length < BYTES || datagram.length % 4 != 0) {
            throw new FormatException("PCP: an answer of " + datagram.length + " bytes, not " + BYTES);
        }
        ByteBuffer fields = ByteBuffer.wrap(datagram).position(4);
        long lifetime = fields.getInt() & 0xffff_ffffL;
        long epoch = fields.getInt() & 0xffff_ffffL;
        fields.position(HEADER_BYTES);
        byte[] itsNonce = new byte[NONCE_BYTES];
        fields.get(itsNonce);
        int transport = fields.get() & 0xff;
        int internal = fields.position(fields.position() + 3).getShort() & 0xffff;
        if (!Arrays.equals(nonce, itsNonce) || transport != request.transport().number()
                || internal != request.port()) {
            throw new FormatException("PCP: an answer about another mapping");
        }
        if (code != 0) {
            return new GatewayAnswer.Refused(code, reason(code), false);
        }
        int external = fields.getShort() & 0xffff;
        byte[] address = new byte[ADDRESS_BYTES];
        fields.get(address);
        return new GatewayAnswer.Mapped(external, Optional.of(NatPmp.address(address)), lifetime, epoch);
    }

    /** RFC 6887, section 7.4. */
    private static String reason(int code) {
        return switch (code) {
            case UNSUPPORTED_VERSION -> "it speaks another version";
            case 2 -> "it is not allowed";
            case 3 -> "the router does not understand";
            case 4, 5, 9 -> "the router does not know how";
            case 6 -> "the question is malformed";
            case 7 -> "the router's network is down";
            case 8 -> "the router has no room";
            case 10 -> "this machine has too many";
            case 11 -> "the router's port is taken";
            case 12 -> "another router is in between";
            default -> "error " + code;
        };
    }
}
