// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of several NARs of an item peers hear of, when they ask by its name. */
class CatalogueTest {
    private static final StorePath ITEM = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");

    @TempDir
    private Path directory;

    private final Catalogue catalogue = new Catalogue(new OpenedItems(0, nar -> false));

    private Catalogue.Entry built() throws IOException {
        Sha256 hash = Sha256.hash(new byte[]{1});
        return new Catalogue.Entry(ITEM, new Seeds.Offered(new NarHash(hash), new NarSize(1), hash),
                new NarOrigin.InStore(
                        new StoreItems(StoreSeeds.open(directory), path -> directory.resolve(path.baseName())), ITEM));
    }

    private Catalogue.Entry kept(byte content) throws IOException {
        byte[] nar = {content};
        NarHash hash = new NarHash(Sha256.hash(nar));
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        Manifest manifest = builder.finish();
        NarStore nars = NarStore.open(directory);
        try (PartialNar partial = nars.create(hash, new NarSize(nar.length))) {
            partial.write(0, nar, 0, nar.length);
            return new Catalogue.Entry(ITEM, new Seeds.Offered(hash, new NarSize(nar.length), manifest.root()),
                    new NarOrigin.Kept(nars.keep(partial, hash, manifest, new byte[]{1})));
        }
    }

    private Optional<Catalogue.Entry> found() {
        return catalogue.find(ItemKey.of(ITEM));
    }

    @Test
    void aKeptNarIsNotHiddenByABuild() throws IOException {
        Catalogue.Entry kept = kept((byte) 2);
        assertTrue(catalogue.add(built()));
        assertTrue(catalogue.add(kept));
        assertEquals(Optional.of(kept), found());
    }

    @Test
    void aBuildDoesNotTakeThePlaceOfAKeptNar() throws IOException {
        Catalogue.Entry kept = kept((byte) 2);
        assertTrue(catalogue.add(kept));
        assertTrue(catalogue.add(built()));
        assertEquals(Optional.of(kept), found());
    }

    @Test
    void whenOneGoesAnotherOneIsFound() throws IOException {
        Catalogue.Entry built = built();
        Catalogue.Entry one = kept((byte) 2);
        Catalogue.Entry two = kept((byte) 3);
        assertTrue(catalogue.add(one));
        assertTrue(catalogue.add(built));
        assertTrue(catalogue.add(two));
        assertTrue(catalogue.remove(one));
        assertEquals(Optional.of(two), found());
        assertTrue(catalogue.remove(two));
        assertEquals(Optional.of(built), found());
        assertTrue(catalogue.remove(built));
        assertEquals(Optional.empty(), found());
    }

    @Test
    void whatIsKeptAnewTakesThePlaceOfTheEarlierOne() throws IOException {
        Catalogue.Entry before = kept((byte) 2);
        Catalogue.Entry anew = kept((byte) 2);
        assertTrue(catalogue.add(before));
        catalogue.replace(before, anew);
        assertEquals(Optional.of(anew), found());
    }
}
