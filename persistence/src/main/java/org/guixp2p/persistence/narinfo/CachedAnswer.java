// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;

/** What one server said about one item, and for how long that holds. */
public sealed interface CachedAnswer {
    /** How far a clock may have been set back before an answer from "the future" counts as old. */
    Duration CLOCK_SLACK = Duration.ofMinutes(5);

    /** When the answer came; to the second. */
    Instant fetched();

    /** When it stops to hold; to the second. */
    Instant expires();

    /** Whether the answer still holds at {@code now}. One that came later than that is not believed. */
    default boolean isFresh(Instant now) {
        return now.isBefore(expires()) && !now.isBefore(fetched().minus(CLOCK_SLACK));
    }

    /** The server has no narinfo, or could not give it: {@code status} is its HTTP answer. */
    record Miss(int status, Instant fetched, Instant expires) implements CachedAnswer {
        public Miss {
            if (status < 100 || status > 999) {
                throw new IllegalArgumentException("no HTTP status: " + status);
            }
        }
    }

    /** The server gave this narinfo; nobody has verified it. */
    final class Hit implements CachedAnswer {
        private final byte[] narinfo;
        private final Instant fetched;
        private final Instant expires;

        public Hit(byte[] narinfo, Instant fetched, Instant expires) {
            this.narinfo = narinfo.clone();
            this.fetched = fetched;
            this.expires = expires;
        }

        /** The bytes as the server sent them. */
        public byte[] narinfo() {
            return narinfo.clone();
        }

        /** Length of the narinfo in bytes. */
        public int size() {
            return narinfo.length;
        }

        @Override
        public Instant fetched() {
            return fetched;
        }

        @Override
        public Instant expires() {
            return expires;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Hit that && Arrays.equals(narinfo, that.narinfo) && fetched.equals(that.fetched)
                    && expires.equals(that.expires);
        }

        @Override
        public int hashCode() {
            return Objects.hash(Arrays.hashCode(narinfo), fetched, expires);
        }

        @Override
        public String toString() {
            return "Hit[" + narinfo.length + " bytes, fetched=" + fetched + ", expires=" + expires + "]";
        }
    }
}
