// SPDX-License-Identifier: GPL-3.0-or-later
// Tables whose rows stay the same elements while what is in them changes. On a narrow screen each row is a small list: the
// roles are said, as browsers forget them when a table is laid out as something else.
import { el, reconcile, setAttribute, setText } from "./dom.js";

/**
 * @param columns each with `label`, and `text(row)`, or `make(cell)` and `fill(cell, row)`; `kind` is a class
 * @param keyOf what tells a row from others
 */
export function table(caption, columns, keyOf) {
    const head = el("tr", { role: "row" }, ...columns.map((column) => el("th", { role: "columnheader", scope: "col",
        class: (column.kind ?? "").replace("code", "").trim() || null }, column.hidden ? el("span", { class: "unseen", text: column.label }) : column.label)));
    const body = el("tbody", { role: "rowgroup" });
    const root = el("div", { class: "scroll" }, el("table", { class: "stacks", role: "table" },
        el("caption", { class: "unseen", text: caption }), el("thead", { role: "rowgroup" }, head), body));

    function make() {
        const row = el("tr", { role: "row" });
        for (const column of columns) {
            const cell = el("td", { role: "cell", class: column.kind ?? null, "data-label": column.hidden ? null : column.label });
            column.make?.(cell);
            row.append(cell);
        }
        return row;
    }

    function fill(row, item) {
        columns.forEach((column, at) => {
            const cell = row.children[at];
            if (column.fill) {
                column.fill(cell, item);
            } else {
                setText(cell, column.text(item));
            }
            if (column.title) {
                setAttribute(cell, "title", column.title(item));
            }
        });
    }

    return {
        root,
        show(rows) {
            reconcile(body, rows, keyOf, make, fill);
        },
    };
}

/** A column of a word in a box; `of` gives the word and its class. */
export function tagged(label, of) {
    return {
        label,
        make: (cell) => cell.append(el("span", { class: "tag" })),
        fill(cell, row) {
            const [word, kind] = of(row);
            setText(cell.firstChild, word);
            setAttribute(cell.firstChild, "class", `tag ${kind}`);
        },
    };
}
