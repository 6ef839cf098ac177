// SPDX-License-Identifier: GPL-3.0-or-later
// Questions to the node and what is to be changed in it.
import { token } from "./session.js";

/** Connecting to a peer takes up to 15 s, and looking for what is wrong 12 s. */
const PATIENCE = 25_000;

/** The node did not do as was asked; `status` is 0 when it did not answer. */
export class Refused extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

async function send(path, options) {
    let response;
    try {
        response = await fetch(path, { cache: "no-cache", credentials: "omit", signal: AbortSignal.timeout(PATIENCE), ...options });
    } catch (failure) {
        throw new Refused(0, "the node does not answer");
    }
    if (!response.ok) {
        throw new Refused(response.status, await detail(response));
    }
    return response;
}

/** Why the node did not do as was asked, in its words. */
export async function detail(response) {
    try {
        return String((await response.json()).detail ?? response.statusText);
    } catch (failure) {
        return `status ${response.status}`;
    }
}

/** What is at a path, its tag, where more of it is, and all else that is said of it. */
export async function get(path) {
    const response = await send(path, {});
    const next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("Link") ?? "");
    return { value: await response.json(), tag: response.headers.get("ETag"), next: next ? next[1] : null,
        headers: response.headers };
}

let description = null;

/** Whether the node answers at a path; by its own description, so that nothing is asked for in vain. */
export async function described(path) {
    description ??= get("/api/openapi.json").then(({ value }) => new Set(Object.keys(value.paths)));
    try {
        return (await description).has(path.split("?")[0]);
    } catch (refused) {
        description = null;
        throw refused;
    }
}

/** Another node may be there by now. */
export function forgetDescription() {
    description = null;
}

/** Has the node change something. */
export async function change(method, path, body) {
    const headers = { Authorization: `Bearer ${token() ?? ""}` };
    if (body !== undefined) {
        headers["Content-Type"] = "application/json";
    }
    const response = await send(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await response.text();
    return text ? JSON.parse(text) : null;
}
