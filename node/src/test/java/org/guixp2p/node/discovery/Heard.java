// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.guixp2p.node.discovery.ProviderDirectory.End;

/** Listens to a lookup, and notes what nobody may be told. */
final class Heard implements ProviderDirectory.Listener {
    private final int wanted;
    private final Runnable onFound;
    private final AtomicInteger inside = new AtomicInteger();
    private final List<ProviderHint> hints = new CopyOnWriteArrayList<>();
    private final List<End> ends = new CopyOnWriteArrayList<>();
    private final List<String> faults = new CopyOnWriteArrayList<>();

    Heard(int wanted) {
        this(wanted, () -> {});
    }

    /** @param onFound run whenever something is found */
    Heard(int wanted, Runnable onFound) {
        this.wanted = wanted;
        this.onFound = onFound;
    }

    @Override
    public void found(List<ProviderHint> found) {
        enter();
        note(found.isEmpty(), "nothing was found");
        note(!ends.isEmpty(), "something was found after the end");
        hints.addAll(found);
        note(hints.size() > wanted, "more was found than was wanted");
        note(new HashSet<>(hints).size() < hints.size(), "something was found twice");
        onFound.run();
        inside.decrementAndGet();
    }

    @Override
    public void ended(End end) {
        enter();
        ends.add(end);
        note(ends.size() > 1, "more than one end");
        note(end == End.ENOUGH && hints.size() < wanted, "not enough");
        inside.decrementAndGet();
    }

    private void enter() {
        note(inside.incrementAndGet() > 1, "two things are told at a time");
    }

    private void note(boolean wrong, String fault) {
        if (wrong) {
            faults.add(fault);
        }
    }

    List<ProviderHint> hints() {
        return List.copyOf(hints);
    }

    /** The end, if there was one. */
    Optional<End> end() {
        return ends.stream().findFirst();
    }

    List<String> faults() {
        return List.copyOf(faults);
    }
}
