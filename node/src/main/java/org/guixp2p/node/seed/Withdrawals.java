// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is offered no more, for whatever reason. Part of the {@link Seeds} actor, on its thread. */
final class Withdrawals {
    private static final Logger LOG = LoggerFactory.getLogger(Seeds.class);

    private final Catalogue catalogue;
    private final KeptEarlier earlier;
    private final SeedsInUse inUse;
    private final LentFiles lent;
    private final OfferWatcher watcher;
    private final Executor disk;
    /** What the user does not want any more: it may be being hashed all the same. */
    private final Set<StorePath> unnamed = new HashSet<>();
    private final Runnable lookAtKept;
    private Consumer<NarHash> store = nar -> {};
    private Consumer<NarHash> named = nar -> {};

    /** @param lookAtKept has it found out whether kept NARs that nobody looked at may be offered */
    Withdrawals(Catalogue catalogue, KeptEarlier earlier, SeedsInUse inUse, LentFiles lent,
            OfferWatcher watcher, Executor disk, Runnable lookAtKept) {
        this.lookAtKept = lookAtKept;
        this.catalogue = catalogue;
        this.earlier = earlier;
        this.inUse = inUse;
        this.lent = lent;
        this.watcher = watcher;
        this.disk = disk;
    }

    /** @param other has a NAR that is offered no more offered from another item that the user named */
    void instead(Consumer<NarHash> other) {
        named = other;
    }

    void receive(Seeds.Withdrawing which) {
        if (which instanceof Withdrawal known) {
            switch (known) {
                case Withdrawal.LetGo kept -> kept.answer().complete(letGo(kept));
                case Withdrawal.Unname item -> item.answer().complete(unname(item.path()));
                case Withdrawal.AlsoTell told -> store = told.store();
                case Withdrawal.DamagedItem found -> catalogue.find(found.hash())
                        .filter(entry -> entry.origin() instanceof NarOrigin.InStore
                                && entry.path().equals(found.path()))
                        .ifPresent(entry -> lost(entry, found.why()));
                case Withdrawal.DamagedKept found -> catalogue.find(found.nar().hash())
                        .filter(entry -> entry.origin() instanceof NarOrigin.Kept kept
                                && Objects.equals(kept.nar().key(), found.nar().key()))
                        .ifPresent(entry -> lost(entry, found.why()));
            }
        }
    }

    private boolean withdraw(Catalogue.Entry entry) {
        boolean removed = catalogue.remove(entry);
        if (removed) {
            watcher.withdrawn(entry.offered().hash());
            inUse.putAway(entry.offered().hash());
            if (!(entry.origin() instanceof NarOrigin.Registered)) {
                store.accept(entry.offered().hash());
            }
            keptInstead(entry.offered().hash());
            named.accept(entry.offered().hash());
        }
        return removed;
    }

    private void keptInstead(NarHash hash) {
        if (earlier.takeBack(hash)) {
            lookAtKept.run();
        }
    }

    /** An item of the store is not to be given. What is offered from elsewhere is still. */
    void registered(Seeds.WithdrawRegistered gone) {
        NarHash hash = gone.item().hash();
        Optional<Catalogue.Entry> entry = catalogue.find(hash);
        boolean isRead = entry.isPresent() && entry.get().origin() instanceof NarOrigin.Registered read
                && read.tree().item().equals(gone.item());
        if (isRead) {
            entry.ifPresent(catalogue::remove);
            inUse.putAway(hash);
        }
        if (!gone.isElsewhere() && (isRead || entry.isEmpty())) {
            watcher.withdrawn(hash);
        }
        if (isRead || entry.isEmpty()) {
            keptInstead(hash);
        }
    }

    /** What has changed since it was hashed is offered no more, and not remembered as it was. */
    void lost(Catalogue.Entry entry, String why) {
        if (!withdraw(entry)) {
            return;
        }
        LOG.warn("{} is offered no more: {}", entry.path(), why);
        if (entry.origin() instanceof NarOrigin.Registered registered) {
            // Before anybody who asks here can ask there.
            registered.disown();
        } else {
            catalogue.note(entry.path(), "withdrawn: " + why);
            disk.execute(entry::disown);
        }
    }

    private boolean letGo(Withdrawal.LetGo which) {
        boolean free = which.evenInUse() || !(inUse.isRead(which.hash()) || lent.isRead(which.hash()));
        if (free) {
            earlier.forget(which.hash());
            catalogue.find(which.hash()).filter(entry -> entry.origin() instanceof NarOrigin.Kept)
                    .ifPresent(this::withdraw);
        }
        return free;
    }

    private boolean unname(StorePath path) {
        unnamed.add(path);
        return withdrawNamed(path);
    }

    private boolean withdrawNamed(StorePath path) {
        return catalogue.unname(path).map(this::withdraw).orElse(false);
    }

    /**
     * An item that the user named is not there any more as it was.
     *
     * @param state of it from now on
     * @return whether it was offered
     */
    boolean changed(StorePath path, String state) {
        boolean was = withdrawNamed(path);
        catalogue.note(path, state);
        return was;
    }

    /** An item that the user named has this NAR now, in place of any other. */
    void becameOther(StorePath path, NarHash hash) {
        catalogue.unname(path).filter(entry -> !entry.offered().hash().equals(hash)).ifPresent(this::withdraw);
    }

    /** The user names an item again. */
    void named(StorePath path) {
        unnamed.remove(path);
    }

    /** What the user has taken back since the start. */
    Set<StorePath> unnamed() {
        return unnamed;
    }

    /** Whether an item was hashed in vain, since the user has taken it back meanwhile. */
    boolean isUnnamed(StorePath path) {
        return unnamed.contains(path);
    }
}
