// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One substitute server, and what it is like.
 *
 * @param server its URL
 * @param discovered whether nobody named it, and it was found on a network nearby, where it is now
 * @param why it is asked first or last, for people
 * @param narinfoMillis until a narinfo, or the word that there is none, has come, on average; 0 when that was never measured
 * @param files how they come from it, small ones first
 * @param failures in a row
 * @param fault the last of them: {@code connect}, {@code timeout}, {@code status}, {@code broken} or {@code damaged}; null when there
 *        is none
 * @param waitsUntil it is left alone: an instant as in RFC 3339; null when it is not
 * @param heard when it last answered, likewise; null when it never did
 * @param narinfosAsked for so many narinfos it was asked lately
 * @param narinfosHad so many of them it had
 */
public record MirrorStatus(String server, boolean discovered, String why, double narinfoMillis, List<Files> files,
        int failures, @Nullable String fault, @Nullable String waitsUntil, @Nullable String heard, long narinfosAsked,
        long narinfosHad) {
    public MirrorStatus {
        files = List.copyOf(files);
    }

    /**
     * How files of one size come.
     *
     * @param size {@code small}, up to 256 KiB; {@code medium}, up to 16 MiB; or {@code large}
     * @param firstByteMillis until the answer begins, on average; 0 when that was never measured
     * @param bytesPerSecond after that, on average; 0 when that was never measured
     */
    public record Files(String size, double firstByteMillis, long bytesPerSecond) {}
}
