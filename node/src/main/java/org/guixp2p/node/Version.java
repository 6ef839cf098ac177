// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which version of the program this is, as the build wrote it down. */
public final class Version {
    /** Such as {@code 0.1.0}. */
    public static final String NUMBER = read();
    /** How the program names itself to others. */
    public static final String AGENT = "guix-p2p/" + NUMBER;

    private Version() {}

    private static String read() {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            if (in == null) {
                throw new IllegalStateException("version.properties is missing from the program");
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version", "unknown");
    }
}
