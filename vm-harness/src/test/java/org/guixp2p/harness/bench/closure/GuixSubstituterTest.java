// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.guixp2p.harness.daemon.GuixCommand;
import org.guixp2p.harness.daemon.NoGuixException;
import org.guixp2p.harness.daemon.Substituter;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.world.SubstituteSite;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.SigningKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/**
 * Guix's own substituter as the bench starts it: a stand-in, and the real one where {@code GUIX_SRC} names a built source tree or a
 * {@code guix} is on {@code PATH}.
 */
@Timeout(240)
class GuixSubstituterTest {
    private static final String NO_GUIX = "GUIX_SRC names no built Guix, and no guix that runs is on PATH";
    private static final int ITEMS = 12;

    @TempDir
    private Path parent;

    static boolean isReal() throws InterruptedException {
        try {
            return !real().words().isEmpty();
        } catch (NoGuixException e) {
            return false;
        }
    }

    private static GuixCommand real() throws NoGuixException, InterruptedException {
        Map<String, String> environment = new HashMap<>(System.getenv());
        String tree = System.getenv("GUIX_SRC");
        if (tree != null && Files.exists(Path.of(tree, "guix", "ui.go"))) {
            environment.put("GUIX_P2P_BUILTIN", tree + "/scripts/guix");
            environment.put("GUIX_UNINSTALLED", "1");
            for (String name : List.of("GUILE_LOAD_PATH", "GUILE_LOAD_COMPILED_PATH")) {
                environment.merge(name, tree, (others, own) -> own + File.pathSeparator + others);
            }
        }
        return GuixCommand.find(environment);
    }

    @Test
    void aStandInBringsAClosureAndKeepsItsNarinfosInItsOwnDirectory() throws Exception {
        bringsAClosure(GuixStandIn.in(Files.createDirectory(parent.resolve("stand-in"))));
    }

    @Test
    @EnabledIf(value = "isReal", disabledReason = NO_GUIX)
    void guixBringsAClosureAndKeepsItsNarinfosInItsOwnDirectory() throws Exception {
        bringsAClosure(real());
    }

    @Test
    @EnabledIf(value = "isReal", disabledReason = NO_GUIX)
    void guixTakesNothingThatNoKeyOfItsAclHasSigned() throws Exception {
        GuixCommand guix = real();
        try (Workplace place = Workplace.open(parent, "site", 0)) {
            Closure closure = closure(place);
            SubstituteSite site = site(place, closure);
            Files.write(site.acl(), Acl.of(List.of(SigningKey.generate(new SecureRandom()).publicKey())).encoded());
            Path own = Files.createDirectory(place.directory().resolve("own"));
            Path store = Files.createDirectory(own.resolve("store"));
            IOException e = assertThrows(IOException.class,
                    () -> ask(site, guix, closure, Shape.WALK, own, store));
            assertTrue(String.valueOf(e.getMessage()).contains("knows nothing of " + closure.root()), e::toString);
        }
    }

    private void bringsAClosure(GuixCommand guix) throws Exception {
        try (Workplace place = Workplace.open(parent, "site", 0)) {
            Closure closure = closure(place);
            SubstituteSite site = site(place, closure);
            for (Shape shape : Shape.values()) {
                Path own = Files.createDirectory(place.directory().resolve(shape.toString()));
                Path store = Files.createDirectory(own.resolve("store"));
                assertEquals(0, kept(own));
                Asked asked = ask(site, guix, closure, shape, own, store);

                assertEquals(List.of(), asked.failures());
                List<String> failures = new ArrayList<>();
                Asked.check(closure, store, false, failures);
                assertEquals(List.of(), failures);
                assertEquals(ITEMS, kept(own.resolve("cache")));
            }
        }
    }

    private static Closure closure(Workplace place) throws Exception {
        return new ClosureMaker(ITEMS, Sizes.SMALL, 0, 1).make(TreeItem.storeBelow(place.directory().resolve("seed")));
    }

    private static SubstituteSite site(Workplace place, Closure closure) throws Exception {
        return SubstituteSite.publishWithNars(place, Programs.ofThisProcess(), "guix-p2p-test", closure.offers());
    }

    private static Asked ask(SubstituteSite site, GuixCommand guix, Closure closure, Shape shape, Path own, Path store)
            throws IOException, InterruptedException {
        Substituter query = site.startGuixSubstituter(guix, own, shape + "-query", "--query");
        Substituter restorer = site.startGuixSubstituter(guix, own, shape + "-restorer", "--substitute");
        Asked asked = Asked.ask(closure, shape, query, restorer, store);
        assertEquals(List.of(0, 0), List.of(query.finish(), restorer.finish()));
        return asked;
    }

    /** How many narinfos are below {@code directory}: files whose name is the hash part of an item. */
    private static long kept(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.getFileName().toString().matches("[0-9a-z]{32}")).count();
        }
    }
}
