// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.OfficialKeys;

/** Whom Guix trusts: without it nothing is. */
final class AclCheck implements Check {
    private static final int MAX_BYTES = 1 << 20;
    private static final String AUTHORIZE = "'guix archive --authorize < KEY' as root";

    @Override
    public String subject() {
        return "ACL";
    }

    @Override
    public List<Finding> examine(Patient patient) {
        return List.of(examine(patient.config().substitutes().aclPath(), patient));
    }

    private Finding examine(Path file, Patient patient) {
        Acl acl;
        try (InputStream in = Files.newInputStream(file)) {
            byte[] text = in.readNBytes(MAX_BYTES + 1);
            if (text.length > MAX_BYTES) {
                throw new FormatException("larger than " + MAX_BYTES + " bytes");
            }
            acl = Acl.parse(text);
        } catch (FormatException e) {
            return Finding.error(subject(), file + " is no ACL, so nothing is trusted: " + e.getMessage(),
                    "mend it, or make it anew by " + AUTHORIZE);
        } catch (IOException e) {
            return Finding.error(subject(), "nothing is trusted: " + IoWords.of(e, file),
                    "see that the node's user may read it, or make it by " + AUTHORIZE);
        }
        long official = OfficialKeys.all().stream().filter(key -> acl.find(key).isPresent()).count();
        String seen = file + ": " + acl.keys().size() + " keys, " + official + " of those that Guix ships";
        if (acl.keys().isEmpty()) {
            return Finding.error(subject(), seen + "; nothing is trusted", AUTHORIZE);
        }
        boolean needsOfficial = patient.config().substitutes().urls().stream()
                .anyMatch(url -> String.valueOf(url.getHost()).endsWith(".guix.gnu.org"));
        return needsOfficial && official == 0
                ? Finding.warning(subject(), seen + ", though substitute_urls names Guix's servers",
                        "authorize their keys: " + AUTHORIZE)
                : Finding.ok(subject(), seen);
    }
}
