// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.api.MirrorStatus;
import org.guixp2p.persistence.mirrors.Fault;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.mirrors.Standing;

/** What is known of servers, as the API and the command line show it. */
final class MirrorTable {
    private static final double MICROS_A_MILLI = 1000;

    private MirrorTable() {}

    static List<MirrorStatus> of(Mirrors mirrors) {
        return mirrors.table().stream().map(MirrorTable::status).toList();
    }

    private static MirrorStatus status(Standing standing) {
        List<MirrorStatus.Files> files = standing.files().stream()
                .map(each -> new MirrorStatus.Files(word(each.size()), each.firstByteMicros() / MICROS_A_MILLI,
                        each.bytesPerSecond()))
                .toList();
        return new MirrorStatus(standing.server().toString(), standing.found(), standing.why(),
                standing.narinfoMicros() / MICROS_A_MILLI,
                files, standing.failures(), standing.fault() == Fault.NONE ? null : word(standing.fault()),
                time(standing.waitsUntil()).orElse(null), time(standing.heard()).orElse(null), standing.asked(),
                standing.had());
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static Optional<String> time(Instant instant) {
        return instant.equals(Instant.EPOCH)
                ? Optional.empty()
                : Optional.of(instant.truncatedTo(ChronoUnit.SECONDS).toString());
    }

    /** The members of an object that says the same. */
    static Map<String, Object> describe(MirrorStatus mirror) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("server", mirror.server());
        members.put("discovered", mirror.discovered());
        members.put("why", mirror.why());
        members.put("narinfo_ms", mirror.narinfoMillis());
        members.put("files", mirror.files().stream().map(each -> Map.of("size", each.size(), "first_byte_ms",
                each.firstByteMillis(), "bytes_per_s", each.bytesPerSecond())).toList());
        members.put("failures", mirror.failures());
        Optional.ofNullable(mirror.fault()).ifPresent(fault -> members.put("fault", fault));
        Optional.ofNullable(mirror.waitsUntil()).ifPresent(until -> members.put("waits_until", until));
        Optional.ofNullable(mirror.heard()).ifPresent(heard -> members.put("heard", heard));
        members.put("narinfos_asked", mirror.narinfosAsked());
        members.put("narinfos_had", mirror.narinfosHad());
        return members;
    }
}
