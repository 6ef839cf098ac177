// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and names as people read them.
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const counts = new Intl.NumberFormat("en");
const times = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dates = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function count(number) {
    return counts.format(number);
}

/** "1 peer", "2 peers". */
export function plural(number, one, many = `${one}s`) {
    return `${count(number)} ${number === 1 ? one : many}`;
}

/** A number and its unit, apart. */
export function sized(bytes) {
    let unit = 0;
    let value = Math.max(0, bytes);
    while (value >= 999.5 && unit < UNITS.length - 1) {
        value /= 1024;
        unit++;
    }
    const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return [value.toFixed(digits), UNITS[unit]];
}

export function bytes(number) {
    return number === null || number < 0 ? "unknown" : sized(number).join(" ");
}

export function rate(bytesPerSecond) {
    return `${sized(bytesPerSecond).join(" ")}/s`;
}

export function seconds(number) {
    if (number < 10) {
        return `${number.toFixed(1)} s`;
    }
    const whole = Math.round(number);
    if (whole < 60) {
        return `${whole} s`;
    }
    if (whole < 3600) {
        return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
    }
    const hours = Math.floor(whole / 3600);
    return hours < 48
        ? `${hours} h ${String(Math.floor(whole % 3600 / 60)).padStart(2, "0")} min`
        : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function percent(part, whole) {
    return whole > 0 ? `${Math.floor(Math.min(1, part / whole) * 100)} %` : "";
}

/** The time of day, with the date when that is not today's. */
export function clock(moment) {
    const at = new Date(moment);
    return (at.toDateString() === new Date().toDateString() ? times : dates).format(at);
}

/** Of a peer id or a hash so much as tells it from others. */
export function short(id) {
    const bare = id.startsWith("sha256:") ? id.slice(7) : id;
    return bare.length > 12 ? `${bare.slice(0, 10)}…` : bare;
}

/** The name in a store path, without its hash. */
export function itemName(storePath) {
    const base = storePath.slice(storePath.lastIndexOf("/") + 1);
    return /^[0-9a-z]{32}-./.test(base) ? base.slice(33) : base;
}

/** Where bytes came from, shortly. */
export function sourceName(name) {
    if (name === "disk") {
        return "kept from before";
    }
    try {
        return /^https?:/.test(name) ? new URL(name).host : short(name);
    } catch (malformed) {
        return name;
    }
}

/** Bytes per second as people write them: "2 MiB", "500K", "0"; NaN for what is none. As in the configuration, "kB" and "MB"
 * are powers of 1000, "K", "KiB" and so on powers of 1024. */
export function parseRate(text) {
    const match = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgt]?)(b?)|([kmgt])ib?)(?:\/s)?\s*$/i.exec(text);
    if (!match) {
        return NaN;
    }
    const [, number, plain = "", b = "", binary = ""] = match;
    const power = " kmgt".indexOf((plain || binary || " ").toLowerCase());
    const exact = Number(number) * (plain && b ? 1000 : 1024) ** power;
    // Less than a byte a second would be taken for no limit.
    return exact > 0 && exact < 1 ? NaN : Math.round(exact);
}

export function rateText(bytesPerSecond) {
    for (const [unit, size] of [["GiB", 1024 ** 3], ["MiB", 1024 ** 2], ["KiB", 1024]]) {
        if (bytesPerSecond >= size && bytesPerSecond * 100 % size === 0) {
            return `${bytesPerSecond / size} ${unit}`;
        }
    }
    return String(bytesPerSecond);
}
