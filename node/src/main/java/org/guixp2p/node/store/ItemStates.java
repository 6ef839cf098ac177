// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.IntStream;
import org.guixp2p.persistence.ledger.Gate;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.persistence.ledger.Tree;
import org.guixp2p.protocol.item.NarHash;

/** What is known of the items of a table, in eleven bytes each, and which is to be looked at next. No I/O, one thread. */
final class ItemStates {
    private static final byte UNKNOWN = (byte) Tree.UNKNOWN.code();
    private static final byte DAMAGED = (byte) Tree.DAMAGED.code();
    /** Beyond those of {@link Tree}: it was withdrawn or collected, which is not remembered. */
    private static final byte LOST = (byte) Tree.values().length;
    /** It could not be read, and is left alone for a while. */
    private static final byte UNREAD = (byte) (LOST + 1);
    /** It could not be read, and is to be tried again. */
    private static final byte AGAIN = (byte) (UNREAD + 1);
    /** The user does not want it to be offered; a later table has it only if he has changed his mind. */
    private static final byte EXCLUDED = (byte) (AGAIN + 1);
    /** When to ask again about what some servers do not have and others could not be asked about: an hour, then twice as long. */
    private static final long FIRST_AGAIN_MINUTES = 60;
    /** As long as what no server has is left alone. */
    private static final long MOST_AGAIN_MINUTES = 24 * FIRST_AGAIN_MINUTES;

    private final ItemTable table;
    private final boolean all;
    private final byte[] gates;
    private final int[] untilMinute;
    /** How many times in a row not all servers could be asked. */
    private final byte[] partly;
    private final byte[] trees;
    private final int[] order;
    private int hashAt;

    /** @param all whether all may be given to others, public or not */
    ItemStates(ItemTable table, boolean all) {
        this.table = table;
        this.all = all;
        this.gates = new byte[table.count()];
        this.untilMinute = new int[table.count()];
        this.partly = new byte[table.count()];
        this.trees = new byte[table.count()];
        this.order = table.inOrder();
    }

    ItemTable table() {
        return table;
    }

    /**
     * What an earlier run found out.
     *
     * @return whether that registration is still there
     */
    boolean recall(Registration item, Gate gate, long until, Tree tree) {
        OptionalInt at = find(item);
        if (at.isPresent()) {
            judge(at.getAsInt(), gate, until);
            trees[at.getAsInt()] = (byte) tree.code();
        }
        return at.isPresent();
    }

    /** What is known, for the items of a later table that are still the same. */
    ItemStates carriedTo(ItemTable later) {
        ItemStates next = new ItemStates(later, all);
        for (int old = 0, fresh = 0; old < table.count() && fresh < later.count();) {
            if (isStill(old, later, fresh)) {
                next.gates[fresh] = gates[old];
                next.untilMinute[fresh] = untilMinute[old];
                next.partly[fresh] = partly[old];
                next.trees[fresh] = trees[old];
            }
            long oldId = table.id(old);
            long freshId = later.id(fresh);
            old += oldId <= freshId ? 1 : 0;
            fresh += freshId <= oldId ? 1 : 0;
        }
        return next;
    }

    /** Whether an item is {@code fresh} of a later table; what was excluded and is there all the same begins anew. */
    private boolean isStill(int item, ItemTable later, int fresh) {
        return trees[item] != EXCLUDED && table.isSame(item, later, fresh);
    }

    /** Those of this table that are not in {@code later}. */
    List<Integer> goneIn(ItemTable later) {
        List<Integer> gone = new ArrayList<>();
        for (int item = 0; item < table.count(); item++) {
            int there = later.indexOf(table.id(item));
            if (there < 0 || !isStill(item, later, there)) {
                gone.add(item);
            }
        }
        return gone;
    }

    Registration registration(int item) {
        return new Registration(table.id(item), table.registered(item), table.hash(item));
    }

    /** Where that very registration stands. */
    OptionalInt find(Registration item) {
        int at = table.indexOf(item.id());
        return at >= 0 && table.registered(at) == item.registered() && table.hash(at).equals(item.hash())
                ? OptionalInt.of(at)
                : OptionalInt.empty();
    }

    /** An item with this NAR that may be given to others; one that is known to be whole, if there is one. */
    OptionalInt offered(NarHash hash) {
        int[] all = Arrays.stream(table.find(hash)).filter(this::isOffered).toArray();
        return IntStream.concat(Arrays.stream(all).filter(this::isWhole), Arrays.stream(all)).findFirst();
    }

    /** Whether this NAR may be given to others of an item that is known to be whole. */
    boolean isWhole(NarHash hash) {
        return Arrays.stream(table.find(hash)).anyMatch(item -> isOffered(item) && isWhole(item));
    }

    /** Whether others may learn of it. */
    boolean isOffered(int item) {
        return mayBeGiven(item) && (trees[item] == UNKNOWN || isWhole(item));
    }

    /** Whether others may learn of it, or could if its tree were found to be whole. */
    boolean mayBeOffered(int item) {
        return mayBeGiven(item) && trees[item] != EXCLUDED;
    }

    private boolean mayBeGiven(int item) {
        return all || gates[item] == Gate.PUBLIC.code();
    }

    /** All that may be given to others, in the order in which they are to be told of. */
    int[] offered() {
        return Arrays.stream(order).filter(this::isOffered).toArray();
    }

    /**
     * How many may be given to others whose NAR is not one of these. Takes a millisecond of some 100,000 items, and a microsecond for
     * each of these or of those, whichever are fewer.
     */
    int countOffered(Set<NarHash> others) {
        IntStream offered = IntStream.range(0, table.count()).filter(this::isOffered);
        if (others.size() > table.count()) {
            return (int) offered.filter(item -> !others.contains(table.hash(item))).count();
        }
        long elsewhere = others.stream().flatMapToInt(nar -> Arrays.stream(table.find(nar))).filter(this::isOffered)
                .count();
        return Math.toIntExact(offered.count() - elsewhere);
    }

    /** @param until in seconds since 1970 */
    void judge(int item, Gate gate, long until) {
        gates[item] = (byte) gate.code();
        untilMinute[item] = (int) (until / 60);
        partly[item] = 0;
    }

    /** Nobody could say anything of it: what was known holds, and others are asked about first. */
    void judgeLater(int item, long until) {
        untilMinute[item] = (int) (until / 60);
    }

    /**
     * Some servers do not have it, and others could not be asked: what was known holds. The others may be away for good, so it is
     * asked about less and less often.
     *
     * @param now in seconds since 1970
     */
    void judgedPartly(int item, long now) {
        long pause = Math.min(FIRST_AGAIN_MINUTES << partly[item], MOST_AGAIN_MINUTES);
        if (pause < MOST_AGAIN_MINUTES) {
            partly[item]++;
        }
        untilMinute[item] = (int) (now / 60 + pause);
    }

    boolean isWhole(int item) {
        return trees[item] == Tree.WHOLE.code();
    }

    void tree(int item, Tree tree) {
        put(item, (byte) tree.code());
    }

    /** What the user wants is not for others to change. */
    private void put(int item, byte state) {
        trees[item] = trees[item] == EXCLUDED ? EXCLUDED : state;
    }

    /** It was withdrawn or collected, and is not offered before it could be read. */
    void lost(int item) {
        put(item, LOST);
    }

    /** It could not be read, and is not offered before it could; nor tried again before {@link #tryAgain}. */
    void unread(int item) {
        put(item, UNREAD);
    }

    /** What could not be read is among what is hashed next. */
    void tryAgain() {
        for (int item = 0; item < trees.length; item++) {
            trees[item] = trees[item] == UNREAD ? AGAIN : trees[item];
        }
        hashAt = 0;
    }

    void exclude(int item) {
        trees[item] = EXCLUDED;
    }

    boolean isLost(Registration item) {
        OptionalInt at = find(item);
        return at.isPresent() && trees[at.getAsInt()] == LOST;
    }

    /**
     * The next items of which it is to be found out whether they are public: first those that were due first, and that is those
     * of which nobody was asked yet.
     *
     * @param now in seconds since 1970
     */
    List<Integer> nextToJudge(int most, long now) {
        PriorityQueue<Long> next = new PriorityQueue<>(Comparator.reverseOrder());
        for (int place = 0; !all && place < order.length; place++) {
            int item = order[place];
            if (untilMinute[item] <= now / 60 && trees[item] != DAMAGED && trees[item] != EXCLUDED) {
                long rank = (long) untilMinute[item] << Integer.SIZE | place;
                if (next.size() < most) {
                    next.add(rank);
                } else if (rank < next.element()) {
                    next.remove();
                    next.add(rank);
                }
            }
        }
        return next.stream().sorted().map(rank -> order[rank.intValue()]).toList();
    }

    /**
     * The next item that may be given to others and was not hashed, or could not be; when there is none, the next call begins
     * anew.
     */
    OptionalInt nextToHash() {
        while (hashAt < order.length) {
            int item = order[hashAt++];
            if (mayBeGiven(item) && (trees[item] == UNKNOWN || trees[item] == AGAIN)) {
                return OptionalInt.of(item);
            }
        }
        hashAt = 0;
        return OptionalInt.empty();
    }
}
