// SPDX-License-Identifier: GPL-3.0-or-later
// Where the focus goes when what had it is gone, hidden or cannot be used any more: browsers leave it nowhere then, and whoever
// works by keyboard would begin at the top of the page again.

/** What had it last, and where that stood. */
let last = null;

addEventListener("focusin", ({ target }) => {
    const row = target.closest("tbody tr");
    last = { element: target, row, rows: row?.parentElement, at: row ? [...row.parentElement.children].indexOf(row) : -1,
        panel: target.closest(".panel"), byKeyboard: target.matches(":focus-visible") };
});

addEventListener("pointerdown", ({ target }) => {
    // Whoever points elsewhere has left it.
    if (last !== null && !last.element.contains(target)) {
        last = null;
    }
}, true);

const isSeen = (element) => element?.isConnected && element.getClientRects().length > 0;

/** To be called after something has changed. What is still there was left by the user. */
export function settle() {
    if (last === null || (isSeen(last.element) && !last.element.disabled)) {
        return;
    }
    const active = document.activeElement;
    if (active !== null && active !== document.body && active !== last.element) {
        return;
    }
    const place = next(last);
    if (place !== null) {
        if (!place.matches("button, input")) {
            // The user does not come by it otherwise.
            place.tabIndex = -1;
        }
        // Whoever points and scrolls by hand may look at something else by now.
        place.focus({ preventScroll: !last.byKeyboard || inView(place) });
    }
}

/** Its row or that in its place, of which nothing is pressed by a key that is still down; else a button beside it, or its panel. */
function next({ element, row, rows, at, panel }) {
    const beside = element.isConnected && element.closest(".more") !== null
        ? [...element.parentElement.querySelectorAll("button")].find((one) => isSeen(one) && !one.disabled) : undefined;
    const instead = rows?.children[Math.min(at, rows.children.length - 1)];
    return beside ?? [row, instead, panel?.querySelector("h2"), document.querySelector(".view:not([hidden]) h1")].find(isSeen) ?? null;
}

function inView(element) {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
}
