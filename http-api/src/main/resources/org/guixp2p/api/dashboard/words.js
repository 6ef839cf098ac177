// SPDX-License-Identifier: GPL-3.0-or-later
// What has happened, in words.
import { bytes, count, itemName, plural, seconds, short, sourceName } from "./format.js";

const SENTENCES = {
    "peer-dialled": (e) => `Dialling ${e.address}${e.peerId ? ` for ${short(e.peerId)}` : ""}`,
    "dial-failed": (e) => `Nobody got at ${e.address}: ${e.reason}`,
    "peer-connected": (e) => `Connected with ${short(e.peerId)} at ${e.address} (${e.agent})${e.light ? ", for inventories only" : ""}`,
    "peer-refused": (e) => `Turned away ${short(e.peerId)} at ${e.address}: ${e.reason}`,
    "peer-lost": (e) => `${short(e.peerId)} at ${e.address} is gone: ${e.reason}`,
    "peer-banned": (e) => `${short(e.peerId)} is refused for ${plural(e.minutes, "minute")}: ${e.reason}`,
    "lookup-started": (e) => `Looking for who has ${short(e.narHash)}`,
    "lookup-ended": (e) => `Found ${plural(e.providers, "provider")} of ${short(e.narHash)} in ${seconds(e.seconds)} (${e.how})`,
    "announcement-started": (e) => `Others are told that ${e.whole ? "all" : "a part"} of ${short(e.narHash)} is here`,
    "announcement-withdrawn": (e) => `Others are not told of ${short(e.narHash)} any more`,
    "announcement-ended": (e) => `The announcement ${e.narHash === null ? "that this node is there" : `of ${short(e.narHash)}`} was taken by ${e.keptBy} of ${plural(e.asked, "node")}`,
    "build-seen": (e) => `A build: ${itemName(e.storePath)}`,
    "metadata-trusted": (e) => `Trusted what ${e.server === "peers" ? "peers say" : `${sourceName(e.server)} says`} of ${itemName(e.storePath)}`,
    "metadata-refused": (e) => `Refused what ${sourceName(e.server)} says of ${itemName(e.storePath)}: ${e.reason}`,
    "download-started": (e) => `Fetching ${itemName(e.storePath)} (${bytes(e.narBytes)})`,
    "phase-changed": (e) => `${itemName(e.storePath)}: ${phase(e.phase)}`,
    "blocks-received": (e) => `${plural(e.blocks, "block")} of ${itemName(e.storePath)} from ${sourceName(e.source)} (${bytes(e.bytes)})`,
    "blocks-requeued": (e) => `${plural(e.blocks, "block")} of ${itemName(e.storePath)} asked for again`,
    "corrupt-block": (e) => `Block ${e.block} of ${itemName(e.storePath)} from ${short(e.peerId)} was wrong`,
    "root-changed": (e) => `${itemName(e.storePath)} goes on otherwise: ${e.reason}`,
    "fell-back-to-http": (e) => `${itemName(e.storePath)} comes from servers: ${e.reason}`,
    "fell-back-to-peers": (e) => `${itemName(e.storePath)} comes from peers: ${e.reason}`,
    "download-succeeded": (e) => `${itemName(e.storePath)} is there after ${seconds(e.seconds)}`,
    "download-failed": (e) => `${itemName(e.storePath)} did not come: ${e.reason}`,
    "seed-added": (e) => `Offering ${short(e.narHash)} (${bytes(e.narBytes)})`,
    "seed-removed": (e) => `Not offering ${short(e.narHash)} any more`,
    "blocks-served": (e) => `Gave ${plural(e.blocks, "block")} of ${short(e.narHash)}`,
    "events-omitted": (e) => `${count(e.count)} more of "${e.omitted}"`,
    gap: () => "Some events before this are forgotten",
};

const BAD = new Set(["peer-banned", "metadata-refused", "corrupt-block", "download-failed"]);
const GOOD = new Set(["download-succeeded", "peer-connected", "seed-added"]);

/** One sentence; a later node may tell of what is not known here. */
export function sentence(event) {
    try {
        return (SENTENCES[event.type] ?? ((e) => e.type))(event);
    } catch (unlike) {
        return String(event.type);
    }
}

/** A class for how good it is. */
export function mood(event) {
    return BAD.has(event.type) ? "bad" : GOOD.has(event.type) ? "good" : "";
}

const PHASES = { providers: "looking for who has it", blocks: "coming from peers", servers: "coming from servers", done: "done",
    failed: "failed" };

export function phase(state) {
    return PHASES[state] ?? state;
}

const DOINGS = { metadata: "looking for its narinfo", providers: "looking for peers", blocks: "from peers", servers: "from servers",
    verifying: "verifying" };

/** What something that is over was at. */
export function doing(name) {
    return DOINGS[name] ?? name;
}

const ORIGINS = { peers: "peers", servers: "servers", "peers-and-servers": "peers and servers", disk: "disk", nowhere: "nowhere" };

export function origin(from) {
    return ORIGINS[from] ?? from;
}
