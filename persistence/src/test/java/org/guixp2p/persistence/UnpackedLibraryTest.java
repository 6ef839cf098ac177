// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.protocol.store.TreeDeleter;
import org.junit.jupiter.api.Test;

class UnpackedLibraryTest {
    private static final String PLACE = "org.guixp2p.test.place";

    /** It is loaded, and what stays behind is no reason to do without. */
    @Test
    void whatCannotBeRemovedIsNoFailure() throws Exception {
        List<Path> places = new ArrayList<>();
        UnpackedLibrary.load(PLACE, () -> {
            Path place = Path.of(System.getProperty(PLACE));
            places.add(place);
            try {
                Files.createDirectories(place.resolve("more/than/a/file"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertEquals(1, places.size());
        assertTrue(Files.exists(places.getFirst()));
        TreeDeleter.delete(places.getFirst());
    }
}
