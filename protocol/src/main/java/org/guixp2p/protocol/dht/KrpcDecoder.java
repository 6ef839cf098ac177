// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.guixp2p.protocol.FormatException;

/**
 * Reads messages of KRPC. Unknown keys are skipped; {@code ip}, {@code v} and {@code ro} count as absent when they have
 * another form than they should, since nothing hangs on them; all else must be right. Of more nodes and peers than
 * {@link KrpcResponse} allows the first are taken.
 */
public final class KrpcDecoder {
    private static final int MAX_METHOD = 64;
    private static final int MAX_WANTED = 8;
    private static final int MAX_ERROR = 512;

    private final BencodeDict datagram;
    private final Octets transaction;
    private final Octets version;

    private KrpcDecoder(byte[] bytes) throws FormatException {
        datagram = BencodeDict.read("KRPC", bytes, KrpcMessage.MAX_BYTES);
        transaction = datagram.string("t", 1, KrpcMessage.MAX_TRANSACTION);
        version = datagram.hint("v", 0, KrpcMessage.MAX_VERSION).orElse(Octets.EMPTY);
    }

    /**
     * Reads one datagram.
     *
     * @param asked what was asked in a transaction, of the node that this datagram comes from; nothing when nothing was
     * @throws FormatException when it is no message, or an answer to nothing
     */
    public static KrpcMessage decode(byte[] bytes, Function<Octets, Optional<KrpcMethod>> asked)
            throws FormatException {
        KrpcDecoder decoder = new KrpcDecoder(bytes);
        String kind = new String(decoder.datagram.string("y", 1, 1).shared(), StandardCharsets.ISO_8859_1);
        return switch (kind) {
            case "q" -> decoder.query();
            case "r" -> {
                KrpcMethod method = asked.apply(decoder.transaction)
                        .orElseThrow(() -> new FormatException("KRPC: an answer to nothing"));
                yield new KrpcMessage.Response(decoder.transaction, decoder.version, decoder.seenAt(),
                        response(decoder.datagram.dictionary("r"), method));
            }
            case "e" ->
                new KrpcMessage.Failure(decoder.transaction, decoder.version, decoder.seenAt(), decoder.error());
            default -> throw new FormatException("KRPC 'y': q, r or e expected, found " + FormatException.quote(kind));
        };
    }

    private Optional<InetSocketAddress> seenAt() throws FormatException {
        Optional<Octets> compact = datagram.hint("ip", 0, KrpcMessage.MAX_BYTES);
        try {
            return compact.isPresent() ? Optional.of(Compact.address(compact.get().shared())) : Optional.empty();
        } catch (FormatException e) {
            return Optional.empty();
        }
    }

    private KrpcError error() throws FormatException {
        BencodeScanner error = datagram.list("e");
        long code = error.number();
        Octets message = error.peek() == 'e' ? Octets.EMPTY : datagram.next(error);
        String text = new String(message.shared(), 0, Math.min(message.length(), MAX_ERROR), StandardCharsets.UTF_8);
        return KrpcError.of(code, text);
    }

    private KrpcMessage query() throws FormatException {
        boolean readOnly = datagram.flag("ro");
        try {
            return new KrpcMessage.Query(transaction, version, readOnly, arguments());
        } catch (FormatException e) {
            int code = e instanceof Refusal refusal ? refusal.code : KrpcError.PROTOCOL;
            return new KrpcMessage.Unanswerable(transaction, version, readOnly,
                    KrpcError.of(code, String.valueOf(e.getMessage())));
        }
    }

    /** A query for which there is a code of its own. */
    private static final class Refusal extends FormatException {
        private static final long serialVersionUID = 1L;

        private final int code;

        Refusal(int code, String message) {
            super(message);
            this.code = code;
        }
    }

    private KrpcQuery arguments() throws FormatException {
        Octets name = datagram.string("q", 0, MAX_METHOD);
        KrpcMethod method = KrpcMethod.ofToken(name)
                .orElseThrow(() -> new Refusal(KrpcError.METHOD_UNKNOWN, "no such query"));
        BencodeDict arguments = datagram.dictionary("a");
        DhtId id = id(arguments, "id");
        return switch (method) {
            case PING -> new KrpcQuery.Ping(id);
            case FIND_NODE -> new KrpcQuery.FindNode(id, id(arguments, "target"), want(arguments));
            case GET_PEERS -> new KrpcQuery.GetPeers(id, id(arguments, "info_hash"), want(arguments));
            case ANNOUNCE_PEER -> announce(id, arguments);
            case GET -> new KrpcQuery.Get(id, id(arguments, "target"), sequence(arguments, "seq"), want(arguments));
            case PUT -> put(id, arguments);
        };
    }

    private static KrpcQuery.AnnouncePeer announce(DhtId id, BencodeDict arguments) throws FormatException {
        boolean implied = arguments.flag("implied_port");
        // Where it means nothing, some leave it out.
        boolean absent = implied && !arguments.has("port");
        int port = absent ? 0 : (int) arguments.number("port", 0, KrpcQuery.AnnouncePeer.MAX_PORT);
        return new KrpcQuery.AnnouncePeer(id, id(arguments, "info_hash"), port, implied,
                arguments.string("token", 1, KrpcQuery.MAX_TOKEN));
    }

    private static KrpcQuery.Put put(DhtId id, BencodeDict arguments) throws FormatException {
        Octets token = arguments.string("token", 1, KrpcQuery.MAX_TOKEN);
        Octets salt = arguments.optionalString("salt", 0, KrpcMessage.MAX_BYTES);
        if (salt.length() > DhtItem.Mutable.MAX_SALT) {
            throw new Refusal(KrpcError.SALT_TOO_BIG, "a salt of more than " + DhtItem.Mutable.MAX_SALT + " bytes");
        }
        DhtItem item = item(arguments, salt);
        OptionalLong expected = item instanceof DhtItem.Mutable ? sequence(arguments, "cas") : OptionalLong.empty();
        return new KrpcQuery.Put(id, token, item, expected);
    }

    /** Of what has a key the value is mutable. */
    private static DhtItem item(BencodeDict entries, Octets salt) throws FormatException {
        if (entries.encodedLength("v") > DhtItem.MAX_VALUE) {
            throw new Refusal(KrpcError.VALUE_TOO_BIG, "a value of more than " + DhtItem.MAX_VALUE + " bytes");
        }
        Octets value = entries.verbatim("v");
        if (!entries.has("k")) {
            return new DhtItem.Immutable(value);
        }
        return new DhtItem.Mutable(entries.string("k", DhtItem.Mutable.KEY_BYTES, DhtItem.Mutable.KEY_BYTES), salt,
                entries.number("seq", 0, Long.MAX_VALUE), value,
                entries.string("sig", DhtItem.Mutable.SIGNATURE_BYTES, DhtItem.Mutable.SIGNATURE_BYTES));
    }

    private static KrpcResponse response(BencodeDict values, KrpcMethod method) throws FormatException {
        DhtId id = id(values, "id");
        return switch (method) {
            case PING, ANNOUNCE_PEER, PUT -> new KrpcResponse.Done(id);
            case FIND_NODE -> new KrpcResponse.Nodes(id, nodes(values));
            case GET_PEERS -> new KrpcResponse.Peers(id, token(values), peers(values), nodes(values));
            case GET -> new KrpcResponse.Found(id, token(values), held(values), nodes(values));
        };
    }

    private static Octets token(BencodeDict values) throws FormatException {
        return values.optionalString("token", 0, KrpcQuery.MAX_TOKEN);
    }

    private static List<InetSocketAddress> peers(BencodeDict values) throws FormatException {
        List<InetSocketAddress> peers = new ArrayList<>();
        for (Octets compact : values.strings("values", KrpcResponse.MAX_PEERS)) {
            peers.add(Compact.address(compact.shared()));
        }
        return peers;
    }

    private static List<Contact> nodes(BencodeDict values) throws FormatException {
        List<Contact> nodes = new ArrayList<>();
        for (AddressFamily family : AddressFamily.values()) {
            Octets compact = values.optionalString(family.nodes(), 0, KrpcMessage.MAX_BYTES);
            nodes.addAll(Compact.nodes(compact.shared(), family, KrpcResponse.MAX_NODES));
        }
        return nodes;
    }

    private static KrpcResponse.Held held(BencodeDict values) throws FormatException {
        if (values.has("v")) {
            return new KrpcResponse.Held.Item(item(values, Octets.EMPTY));
        }
        OptionalLong sequence = sequence(values, "seq");
        return sequence.isPresent()
                ? new KrpcResponse.Held.NotNewer(sequence.getAsLong())
                : new KrpcResponse.Held.Nothing();
    }

    private static DhtId id(BencodeDict values, String key) throws FormatException {
        return DhtId.at(values.string(key, DhtId.BYTES, DhtId.BYTES).shared(), 0);
    }

    private static OptionalLong sequence(BencodeDict values, String key) throws FormatException {
        return values.has(key) ? OptionalLong.of(values.number(key, 0, Long.MAX_VALUE)) : OptionalLong.empty();
    }

    private static Set<AddressFamily> want(BencodeDict arguments) throws FormatException {
        Set<AddressFamily> want = EnumSet.noneOf(AddressFamily.class);
        for (Octets wanted : arguments.strings("want", MAX_WANTED)) {
            for (AddressFamily family : AddressFamily.values()) {
                if (wanted.equals(Octets.ascii(family.wanted()))) {
                    want.add(family);
                }
            }
        }
        return want;
    }
}
