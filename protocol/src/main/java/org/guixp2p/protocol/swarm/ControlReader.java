// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.CborMap.Array;
import org.guixp2p.protocol.swarm.CborMap.Bool;
import org.guixp2p.protocol.swarm.CborMap.Bytes;
import org.guixp2p.protocol.swarm.CborMap.Kind;
import org.guixp2p.protocol.swarm.CborMap.Struct;
import org.guixp2p.protocol.swarm.CborMap.Text;
import org.guixp2p.protocol.swarm.CborMap.Uint;

/** Reads the CBOR bodies of all frames but blocks, each against its schema in the wire document. */
final class ControlReader {
    private static final Kind ID = new Uint(0xffff_ffffL);
    private static final Kind HASH = new Bytes(Sha256.BYTES, Sha256.BYTES);
    private static final Kind TOKEN = new Text(32);
    private static final Map<String, Kind> WINDOW = Map.of("from", new Uint(BlockLayout.MAX_BLOCKS - 1), "bits",
            new Bytes(1, BlockBits.MAX_BYTES));

    private static final Map<String, Kind> HELLO = Map.of("version", new Uint(65_535), "features",
            new Array(new Text(SwarmMessage.Hello.MAX_FEATURE_LENGTH), SwarmMessage.Hello.MAX_FEATURES), "agent",
            new Text(SwarmMessage.Hello.MAX_AGENT_LENGTH), "port", new Uint(65_535), "slots",
            new Uint(SwarmMessage.Hello.MAX_SLOTS), "light", new Bool());
    private static final Map<String, Kind> GOODBYE = Map.of("reason", TOKEN, "detail",
            new Text(SwarmMessage.Goodbye.MAX_DETAIL_LENGTH));
    private static final Map<String, Kind> NONCE = Map.of("nonce", new Uint(Long.MAX_VALUE));
    private static final Map<String, Kind> QUERY = Map.of("id", ID, "nars",
            new Array(HASH, SwarmMessage.Query.MAX_NARS), "page", new Bool(), "blocks",
            new Uint(SwarmMessage.Query.MAX_BLOCKS));
    private static final Map<String, Kind> QUERIES = Map.of("id", ID, "nars",
            new Array(HASH, SwarmMessage.Queries.MAX_NARS), "small", new Bool());
    private static final Map<String, Kind> OFFER = Map.of("id", ID, "nar", HASH, "size", new Uint(NarSize.MAX_BYTES),
            "root", HASH, "relay", new Struct(WINDOW));
    private static final Map<String, Kind> NOT_HERE = Map.of("id", ID, "nar", HASH);
    private static final Map<String, Kind> MANIFEST_REQUEST = Map.of("id", ID, "nar", HASH, "root", HASH, "page",
            new Uint(ManifestPage.MAX_PAGES - 1));
    private static final Map<String, Kind> MANIFEST_PAGE = Map.of("id", ID, "page",
            new Uint(ManifestPage.MAX_PAGES - 1), "hashes", new Bytes(0, ManifestPage.HASHES * Sha256.BYTES), "proof",
            new Bytes(0, ManifestPage.MAX_PROOF * Sha256.BYTES));
    private static final Map<String, Kind> BLOCK_REQUEST = Map.of("id", ID, "nar", HASH, "root", HASH, "block",
            new Uint(BlockLayout.MAX_BLOCKS - 1), "prefix", new Bool());
    private static final Map<String, Kind> REFUSED = Map.of("id", ID, "reason", TOKEN, "retry",
            new Uint(SwarmMessage.Refused.MAX_RETRY.toMillis()));
    private static final Map<String, Kind> CANCEL = Map.of("id", ID);
    private static final Map<String, Kind> HAVE = Map.of("nar", HASH, "root", HASH, "from",
            new Uint(BlockLayout.MAX_BLOCKS - 1), "bits", new Bytes(1, BlockBits.MAX_BYTES));
    private static final Map<String, Kind> INVENTORY = Map.of("key",
            new Bytes(InventoryKey.KEY_BYTES, InventoryKey.KEY_BYTES), "items", new Uint(InventoryKey.MAX_ITEMS));
    private static final Map<String, Kind> INVENTORY_CHANGE = Map.of("removed", new Bytes(0, Fingerprints.MAX_BYTES),
            "added", new Bytes(0, Fingerprints.MAX_BYTES));
    private static final Map<String, Kind> NARINFO_REQUEST = Map.of("id", ID, "item", HASH);
    private static final Map<String, Kind> NARINFO = Map.of("id", ID, "text",
            new Bytes(1, SwarmMessage.SignedNarinfo.MAX_TEXT));
    private static final Map<String, Kind> NO_NARINFO = Map.of("id", ID);
    private static final Map<String, Kind> PEERS = Map.of("peers",
            new Array(new Bytes(ToldPeer.SHORTEST, ToldPeer.LONGEST), SwarmMessage.Peers.MAX_ADDRESSES));
    private static final Map<String, Kind> DIAL_BACK = Map.of("port", new Uint(65_535), "outcome", TOKEN);
    private static final byte[] NOTHING = new byte[0];

    private ControlReader() {}

    static SwarmMessage read(FrameType type, byte[] body) throws FormatException {
        try {
            return switch (type) {
                case HELLO -> hello(map(type, body, HELLO));
                case GOODBYE -> goodbye(map(type, body, GOODBYE));
                case PING -> new SwarmMessage.Ping(map(type, body, NONCE).uint("nonce"));
                case PONG -> new SwarmMessage.Pong(map(type, body, NONCE).uint("nonce"));
                case QUERY -> query(map(type, body, QUERY));
                case QUERIES -> queries(map(type, body, QUERIES));
                case OFFER -> offer(map(type, body, OFFER));
                case NOT_HERE -> notHere(map(type, body, NOT_HERE));
                case MANIFEST_REQUEST -> manifestRequest(map(type, body, MANIFEST_REQUEST));
                case MANIFEST_PAGE -> manifestPart(map(type, body, MANIFEST_PAGE));
                case BLOCK_REQUEST -> blockRequest(map(type, body, BLOCK_REQUEST));
                case REFUSED -> refused(map(type, body, REFUSED));
                case CANCEL -> new SwarmMessage.Cancel(id(map(type, body, CANCEL)));
                case HAVE -> have(map(type, body, HAVE));
                case INVENTORY -> inventory(map(type, body, INVENTORY));
                case INVENTORY_CHANGE -> inventoryChange(map(type, body, INVENTORY_CHANGE));
                case NARINFO_REQUEST -> narinfoRequest(map(type, body, NARINFO_REQUEST));
                case NARINFO -> narinfo(map(type, body, NARINFO));
                case NO_NARINFO -> new SwarmMessage.NoNarinfo(id(map(type, body, NO_NARINFO)));
                case PEERS -> peers(map(type, body, PEERS));
                case DIAL_BACK -> dialBack(map(type, body, DIAL_BACK));
                case BLOCK -> throw new IllegalArgumentException("a block is not CBOR");
            };
        } catch (IllegalArgumentException e) {
            throw new FormatException(type + ": " + e.getMessage(), e);
        }
    }

    private static CborMap map(FrameType type, byte[] body, Map<String, Kind> schema) throws FormatException {
        return CborMap.read(type.toString(), body, schema);
    }

    private static SwarmMessage hello(CborMap map) throws FormatException {
        return new SwarmMessage.Hello((int) map.uint("version"), new TreeSet<>(map.array("features", String.class)),
                map.text("agent", ""), (int) map.uint("port", 0), (int) map.uint("slots"),
                map.bool("light", false));
    }

    private static SwarmMessage goodbye(CborMap map) throws FormatException {
        return new SwarmMessage.Goodbye(GoodbyeReason.ofToken(map.text("reason")), map.text("detail", ""));
    }

    private static SwarmMessage query(CborMap map) throws FormatException {
        return new SwarmMessage.Query(id(map), nars(map), map.bool("page", false), (int) map.uint("blocks", 0));
    }

    private static SwarmMessage queries(CborMap map) throws FormatException {
        return new SwarmMessage.Queries(id(map), nars(map), map.bool("small", false));
    }

    private static SwarmMessage offer(CborMap map) throws FormatException {
        CborMap relay = map.struct("relay");
        Holding holding = relay == null ? new Holding.Complete() : new Holding.Relay(window(relay));
        return new SwarmMessage.Offer(id(map), nar(map), new NarSize(map.uint("size")), root(map), holding);
    }

    private static SwarmMessage notHere(CborMap map) throws FormatException {
        return new SwarmMessage.NotHere(id(map), nar(map));
    }

    private static SwarmMessage manifestRequest(CborMap map) throws FormatException {
        return new SwarmMessage.ManifestRequest(id(map), nar(map), root(map), (int) map.uint("page"));
    }

    private static SwarmMessage manifestPart(CborMap map) throws FormatException {
        return new SwarmMessage.ManifestPart(id(map),
                ManifestPage.of((int) map.uint("page"), map.bytes("hashes"), map.bytes("proof")));
    }

    private static SwarmMessage blockRequest(CborMap map) throws FormatException {
        return new SwarmMessage.BlockRequest(id(map), nar(map), root(map), (int) map.uint("block"),
                map.bool("prefix", false));
    }

    private static SwarmMessage refused(CborMap map) throws FormatException {
        return new SwarmMessage.Refused(id(map), RefusalReason.ofToken(map.text("reason")),
                Duration.ofMillis(map.uint("retry", 0)));
    }

    private static SwarmMessage have(CborMap map) throws FormatException {
        return new SwarmMessage.Have(nar(map), root(map), window(map));
    }

    private static SwarmMessage inventory(CborMap map) throws FormatException {
        return new SwarmMessage.Inventory(InventoryKey.of(map.bytes("key"), (int) map.uint("items")));
    }

    private static SwarmMessage inventoryChange(CborMap map) {
        return new SwarmMessage.InventoryChange(Fingerprints.read(map.bytes("removed", NOTHING)),
                Fingerprints.read(map.bytes("added", NOTHING)));
    }

    private static SwarmMessage narinfoRequest(CborMap map) throws FormatException {
        return new SwarmMessage.NarinfoRequest(id(map), new ItemKey(Sha256.of(map.bytes("item"))));
    }

    private static SwarmMessage narinfo(CborMap map) throws FormatException {
        return new SwarmMessage.SignedNarinfo(id(map), map.bytes("text"));
    }

    private static SwarmMessage peers(CborMap map) {
        return new SwarmMessage.Peers(map.array("peers", byte[].class).stream().map(ToldPeer::read).toList());
    }

    private static SwarmMessage dialBack(CborMap map) {
        long port = map.uint("port", -1);
        String outcome = map.text("outcome", "");
        if (port < 0 == outcome.isEmpty()) {
            throw new IllegalArgumentException("either 'port' or 'outcome' expected");
        }
        return outcome.isEmpty()
                ? new SwarmMessage.DialBack((int) port)
                : new SwarmMessage.DialledBack(DialOutcome.ofToken(outcome));
    }

    private static RequestId id(CborMap map) throws FormatException {
        return new RequestId((int) map.uint("id"));
    }

    private static List<NarHash> nars(CborMap map) {
        return map.array("nars", byte[].class).stream().map(digest -> new NarHash(Sha256.of(digest))).toList();
    }

    private static NarHash nar(CborMap map) throws FormatException {
        return new NarHash(Sha256.of(map.bytes("nar")));
    }

    private static Sha256 root(CborMap map) throws FormatException {
        return Sha256.of(map.bytes("root"));
    }

    private static BlockBits window(CborMap map) throws FormatException {
        return BlockBits.of((int) map.uint("from"), map.bytes("bits"));
    }
}
