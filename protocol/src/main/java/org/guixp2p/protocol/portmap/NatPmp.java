// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.portmap;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;

/** NAT-PMP (RFC 6886), the router's port mapping of IPv4, by UDP. */
public final class NatPmp {
    /** Where a router listens; PCP's port too. */
    public static final int PORT = 5351;
    /** Longest datagram that can be an answer; some routers add to it. */
    public static final int MAX_BYTES = 1100;

    private static final int VERSION = 0;
    private static final int ADDRESS = 0;
    private static final int MAP_UDP = 1;
    private static final int MAP_TCP = 2;
    private static final int ANSWER = 128;
    private static final int SHORTEST = 8;
    private static final int ADDRESS_BYTES = 12;
    private static final int MAPPING_BYTES = 16;
    private static final int UNSUPPORTED_VERSION = 1;

    private NatPmp() {}

    /** Asks where the router is seen from outside. */
    public static byte[] askAddress() {
        return new byte[]{VERSION, ADDRESS};
    }

    /** Asks for a mapping, or gives one up. */
    public static byte[] ask(MappingRequest request) {
        return ByteBuffer.allocate(12).put((byte) VERSION).put((byte) opcode(request)).putShort((short) 0)
                .putShort((short) request.port()).putShort((short) request.wanted())
                .putInt((int) request.lifetimeSeconds()).array();
    }

    private static int opcode(MappingRequest request) {
        return switch (request.transport()) {
            case TCP -> MAP_TCP;
            case UDP -> MAP_UDP;
        };
    }

    /**
     * Reads the answer to {@link #askAddress}.
     *
     * @return {@link GatewayAnswer.Address} or {@link GatewayAnswer.Refused}
     * @throws FormatException when it is none
     */
    public static GatewayAnswer readAddress(byte[] datagram) throws FormatException {
        Optional<GatewayAnswer> refused = refused(datagram, ADDRESS);
        if (refused.isPresent()) {
            return refused.get();
        }
        ByteBuffer fields = fields(datagram, ADDRESS_BYTES);
        long epoch = fields.getInt() & 0xffff_ffffL;
        byte[] address = new byte[4];
        fields.get(address);
        return new GatewayAnswer.Address(address(address), epoch);
    }

    /**
     * Reads the answer to {@code request}.
     *
     * @return {@link GatewayAnswer.Mapped} or {@link GatewayAnswer.Refused}
     * @throws FormatException when it is none, or one to something else
     */
    public static GatewayAnswer read(byte[] datagram, MappingRequest request) throws FormatException {
        Optional<GatewayAnswer> refused = refused(datagram, opcode(request));
        if (refused.isPresent()) {
            return refused.get();
        }
        ByteBuffer fields = fields(datagram, MAPPING_BYTES);
        long epoch = fields.getInt() & 0xffff_ffffL;
        int internal = fields.getShort() & 0xffff;
        int external = fields.getShort() & 0xffff;
        long lifetime = fields.getInt() & 0xffff_ffffL;
        if (internal != request.port()) {
            throw new FormatException(
                    "NAT-PMP: an answer about port " + internal + " to a question about " + request.port());
        }
        return new GatewayAnswer.Mapped(external, Optional.empty(), lifetime, epoch);
    }

    private static Optional<GatewayAnswer> refused(byte[] datagram, int opcode) throws FormatException {
        if (datagram.length < SHORTEST || datagram.length > MAX_BYTES) {
            throw new FormatException("NAT-PMP: an answer of " + datagram.length + " bytes");
        }
        int version = datagram[0] & 0xff;
        int answers = datagram[1] & 0xff;
        int code = (datagram[2] & 0xff) << 8 | (datagram[3] & 0xff);
        // Some that speak another version say so in it.
        if (version != VERSION) {
            return Optional.of(new GatewayAnswer.Refused(UNSUPPORTED_VERSION, reason(UNSUPPORTED_VERSION), true));
        }
        if (code != 0 && (answers & ANSWER) != 0) {
            return Optional.of(new GatewayAnswer.Refused(code, reason(code), code == UNSUPPORTED_VERSION));
        }
        if (answers != (ANSWER | opcode)) {
            throw new FormatException("NAT-PMP: an answer of kind " + answers + " to a question of kind " + opcode);
        }
        return Optional.empty();
    }

    /** Behind version, kind and code. */
    private static ByteBuffer fields(byte[] datagram, int bytes) throws FormatException {
        if (datagram.length < bytes) {
            throw new FormatException("NAT-PMP: an answer of " + datagram.length + " bytes, not " + bytes);
        }
        return ByteBuffer.wrap(datagram).position(4);
    }

    /** RFC 6886, section 3.5. */
    private static String reason(int code) {
        return switch (code) {
            case UNSUPPORTED_VERSION -> "it speaks another version";
            case 2 -> "it is not allowed";
            case 3 -> "the router has no address";
            case 4 -> "the router has no room";
            case 5 -> "the router does not know how";
            default -> "error " + code;
        };
    }

    /** The address of 4 or 16 bytes. */
    public static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("of no address's length: " + bytes.length, e);
        }
    }
}
