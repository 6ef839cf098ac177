// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;

/** Writes messages as frames of the swarm protocol (docs/wire-protocol.md): always the same bytes for the same message. */
public final class FrameEncoder {
    private static final CBORFactory CBOR = new CBORFactory();
    private static final byte[] NOTHING = new byte[0];

    private FrameEncoder() {}

    /** The frame of a message. */
    public static EncodedFrame encode(SwarmMessage message) {
        return switch (message) {
            case SwarmMessage.Hello hello ->
                control(FrameType.HELLO, hello.light() ? 6 : 5, cbor -> hello(cbor, hello));
            case SwarmMessage.Goodbye goodbye -> control(FrameType.GOODBYE, 2, cbor -> {
                cbor.writeStringField("reason", goodbye.reason().token());
                cbor.writeStringField("detail", goodbye.detail());
            });
            case SwarmMessage.Ping ping -> control(FrameType.PING, 1, cbor -> uint(cbor, "nonce", ping.nonce()));
            case SwarmMessage.Pong pong -> control(FrameType.PONG, 1, cbor -> uint(cbor, "nonce", pong.nonce()));
            case SwarmMessage.Query query -> control(FrameType.QUERY, 4, cbor -> query(cbor, query));
            case SwarmMessage.Queries queries ->
                control(FrameType.QUERIES, queries.small() ? 3 : 2, cbor -> queries(cbor, queries));
            case SwarmMessage.Offer offer -> offer(offer);
            case SwarmMessage.NotHere none -> control(FrameType.NOT_HERE, 2, cbor -> {
                id(cbor, none.id());
                nar(cbor, none.nar());
            });
            case SwarmMessage.ManifestRequest request -> control(FrameType.MANIFEST_REQUEST, 4, cbor -> {
                id(cbor, request.id());
                nar(cbor, request.nar());
                root(cbor, request.root());
                uint(cbor, "page", request.page());
            });
            case SwarmMessage.ManifestPart part -> control(FrameType.MANIFEST_PAGE, 4, cbor -> {
                id(cbor, part.id());
                uint(cbor, "page", part.page().number());
                cbor.writeBinaryField("hashes", part.page().hashes());
                cbor.writeBinaryField("proof", part.page().proof());
            });
            case SwarmMessage.BlockRequest request ->
                control(FrameType.BLOCK_REQUEST, request.prefixed() ? 5 : 4, cbor -> {
                    id(cbor, request.id());
                    nar(cbor, request.nar());
                    root(cbor, request.root());
                    uint(cbor, "block", request.index());
                    if (request.prefixed()) {
                        cbor.writeBooleanField("prefix", true);
                    }
                });
            case SwarmMessage.Block block -> block(block);
            case SwarmMessage.Refused refused -> control(FrameType.REFUSED, 3, cbor -> {
                id(cbor, refused.id());
                cbor.writeStringField("reason", refused.reason().token());
                uint(cbor, "retry", refused.retryAfter().toMillis());
            });
            case SwarmMessage.Cancel cancel -> control(FrameType.CANCEL, 1, cbor -> id(cbor, cancel.id()));
            case SwarmMessage.Have have -> control(FrameType.HAVE, 4, cbor -> {
                nar(cbor, have.nar());
                root(cbor, have.root());
                window(cbor, have.blocks());
            });
            case SwarmMessage.Inventory(InventoryKey key) -> control(FrameType.INVENTORY, 2, cbor -> {
                cbor.writeBinaryField("key", key.bytes());
                uint(cbor, "items", key.items());
            });
            case SwarmMessage.InventoryChange change -> control(FrameType.INVENTORY_CHANGE, 2, cbor -> {
                cbor.writeBinaryField("removed", change.removed().bytes());
                cbor.writeBinaryField("added", change.added().bytes());
            });
            case SwarmMessage.NarinfoRequest request -> control(FrameType.NARINFO_REQUEST, 2, cbor -> {
                id(cbor, request.id());
                cbor.writeBinaryField("item", request.item().digest().bytes());
            });
            case SwarmMessage.SignedNarinfo narinfo -> control(FrameType.NARINFO, 2, cbor -> {
                id(cbor, narinfo.id());
                cbor.writeBinaryField("text", narinfo.text());
            });
            case SwarmMessage.Peers peers -> control(FrameType.PEERS, 1, cbor -> {
                cbor.writeFieldName("peers");
                cbor.writeStartArray(null, peers.addresses().size());
                for (PeerAddress peer : peers.addresses()) {
                    cbor.writeBinary(ToldPeer.write(peer));
                }
                cbor.writeEndArray();
            });
            case SwarmMessage.DialBack ask -> control(FrameType.DIAL_BACK, 1, cbor -> uint(cbor, "port", ask.port()));
            case SwarmMessage.DialledBack answer -> control(FrameType.DIAL_BACK, 1,
                    cbor -> cbor.writeStringField("outcome", answer.outcome().token()));
            case SwarmMessage.NoNarinfo none -> control(FrameType.NO_NARINFO, 1, cbor -> id(cbor, none.id()));
        };
    }

    private interface Fields {
        void write(CBORGenerator cbor) throws IOException;
    }

    private static EncodedFrame control(FrameType type, int fields, Fields body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        bytes.writeBytes(new byte[FrameType.HEAD]);
        try (CBORGenerator cbor = CBOR.createGenerator(bytes)) {
            cbor.writeStartObject(null, fields);
            body.write(cbor);
            cbor.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        byte[] frame = bytes.toByteArray();
        head(ByteBuffer.wrap(frame), type, frame.length - FrameType.HEAD);
        return new EncodedFrame(frame, NOTHING);
    }

    private static EncodedFrame block(SwarmMessage.Block block) {
        BlockPayload payload = block.payload();
        byte[] head = new byte[FrameType.HEAD + FrameType.BLOCK_HEAD];
        head(ByteBuffer.wrap(head), FrameType.BLOCK, FrameType.BLOCK_HEAD + payload.wireLength())
                .putInt(block.id().bits()).putInt(block.index()).put((byte) payload.encoding().code())
                .putInt(payload.rawLength());
        return new EncodedFrame(head, payload.bytes());
    }

    private static ByteBuffer head(ByteBuffer frame, FrameType type, int body) {
        if (body > type.longestBody()) {
            throw new IllegalStateException(type + ": a body of " + body + " bytes");
        }
        return frame.putInt(1 + body).put((byte) type.code());
    }

    private static void hello(CBORGenerator cbor, SwarmMessage.Hello hello) throws IOException {
        uint(cbor, "version", hello.version());
        cbor.writeFieldName("features");
        cbor.writeStartArray(null, hello.features().size());
        for (String feature : hello.features()) {
            cbor.writeString(feature);
        }
        cbor.writeEndArray();
        cbor.writeStringField("agent", hello.agent());
        uint(cbor, "port", hello.listenPort());
        uint(cbor, "slots", hello.slots());
        if (hello.light()) {
            cbor.writeBooleanField("light", true);
        }
    }

    private static void query(CBORGenerator cbor, SwarmMessage.Query query) throws IOException {
        id(cbor, query.id());
        nars(cbor, query.nars());
        cbor.writeBooleanField("page", query.firstPage());
        uint(cbor, "blocks", query.firstBlocks());
    }

    private static void queries(CBORGenerator cbor, SwarmMessage.Queries queries) throws IOException {
        id(cbor, queries.id());
        nars(cbor, queries.nars());
        if (queries.small()) {
            cbor.writeBooleanField("small", true);
        }
    }

    private static void nars(CBORGenerator cbor, List<NarHash> nars) throws IOException {
        cbor.writeFieldName("nars");
        cbor.writeStartArray(null, nars.size());
        for (NarHash nar : nars) {
            cbor.writeBinary(nar.digest().bytes());
        }
        cbor.writeEndArray();
    }

    private static EncodedFrame offer(SwarmMessage.Offer offer) {
        Fields common = cbor -> {
            id(cbor, offer.id());
            nar(cbor, offer.nar());
            uint(cbor, "size", offer.narSize().bytes());
            root(cbor, offer.root());
        };
        return switch (offer.holding()) {
            case Holding.Complete() -> control(FrameType.OFFER, 4, common);
            case Holding.Relay(BlockBits blocks) -> control(FrameType.OFFER, 5, cbor -> {
                common.write(cbor);
                cbor.writeFieldName("relay");
                cbor.writeStartObject(null, 2);
                window(cbor, blocks);
                cbor.writeEndObject();
            });
        };
    }

    private static void id(CBORGenerator cbor, RequestId id) throws IOException {
        uint(cbor, "id", id.value());
    }

    private static void nar(CBORGenerator cbor, NarHash nar) throws IOException {
        cbor.writeBinaryField("nar", nar.digest().bytes());
    }

    private static void root(CBORGenerator cbor, Sha256 root) throws IOException {
        cbor.writeBinaryField("root", root.bytes());
    }

    private static void window(CBORGenerator cbor, BlockBits blocks) throws IOException {
        uint(cbor, "from", blocks.from());
        cbor.writeBinaryField("bits", blocks.bytes());
    }

    private static void uint(CBORGenerator cbor, String key, long value) throws IOException {
        cbor.writeNumberField(key, value);
    }
}
