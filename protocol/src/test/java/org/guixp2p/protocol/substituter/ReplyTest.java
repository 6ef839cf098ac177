// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.FileSize;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.NarinfoVerifier;
import org.guixp2p.protocol.narinfo.Verdict;
import org.guixp2p.protocol.narinfo.VerifiedNarinfo;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.OfficialKeys;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyTest {
    private static final StorePath A = CommandTest.A;
    private static final StorePath B = CommandTest.B;
    private static final NarHash HASH = new NarHash(Sha256.hash(new byte[]{1}));
    private static final NarHash OTHER = new NarHash(Sha256.hash(new byte[]{2}));

    private static VerifiedNarinfo verified(String name, Acl acl) throws FormatException {
        Narinfo narinfo = Narinfo.parse(Fixtures.bytes(name));
        return switch (NarinfoVerifier.verify(narinfo, acl, narinfo.path())) {
            case Verdict.Valid valid -> valid.narinfo();
            case Verdict other -> throw new AssertionError(other.reason());
        };
    }

    /** The items that the transcripts' server had. */
    private static Map<StorePath, VerifiedNarinfo> available() throws FormatException {
        Acl acl = Acl.parse(Fixtures.bytes("keys/acl"));
        Map<StorePath, VerifiedNarinfo> available = new LinkedHashMap<>();
        for (String name : Fixtures.list("narinfo")) {
            if (!name.contains("signed-by") && !name.contains("official")) {
                VerifiedNarinfo narinfo = verified(name, acl);
                available.put(narinfo.path(), narinfo);
            }
        }
        return available;
    }

    private static ReplyReader reader(String text) {
        return new ReplyReader(new ByteArrayInputStream(text.getBytes(US_ASCII)));
    }

    @Nested
    class Correct {
        /** The daemon asked about one path at a time, so that not even the order is free. */
        @Test
        void repliesToAClosuresWalkAreGuixsOwnBytes() throws FormatException {
            Map<StorePath, VerifiedNarinfo> available = available();
            StringBuilder replies = new StringBuilder();
            for (String line : Fixtures.text("transcripts/query-closure.stdin").lines().toList()) {
                List<InfoReply.Item> items = Command.parseQuery(line).paths().stream().map(available::get)
                        .map(InfoReply.Item::of).toList();
                replies.append(new InfoReply(items).text());
            }
            assertEquals(Fixtures.text("transcripts/query-closure.fd4"), replies.toString());
        }

        /** Guix answers for many paths in another order than they were asked in; any order will do. */
        @Test
        void repliesAboutManyPathsAreGuixsOwnBytesButForTheOrder() throws FormatException {
            Map<StorePath, VerifiedNarinfo> available = available();
            StringBuilder replies = new StringBuilder();
            for (String line : Fixtures.text("transcripts/query-extended-trace.stdin").lines().toList()) {
                Command.Query query = Command.parseQuery(line);
                List<StorePath> found = new ArrayList<>(query.paths().stream().filter(available::containsKey).toList());
                Collections.reverse(found);
                replies.append(switch (query) {
                    case Command.Have ignored -> new HaveReply(found).text();
                    case Command.Info ignored -> new InfoReply(
                            found.stream().map(available::get).map(InfoReply.Item::of).toList()).text();
                });
            }
            assertEquals(Fixtures.text("transcripts/query-extended-trace.fd4"), replies.toString());
        }

        @Test
        void aSuccessIsGuixsOwnBytes() throws FormatException {
            Map<StorePath, VerifiedNarinfo> available = available();
            for (String transcript : List.of("substitute-closure", "substitute-extended-trace")) {
                StringBuilder replies = new StringBuilder();
                for (String line : Fixtures.text("transcripts/" + transcript + ".stdin").lines().toList()) {
                    VerifiedNarinfo narinfo = Objects.requireNonNull(
                            available.get(Command.parseSubstitute(line).path()));
                    replies.append(
                            new SubstituteReply.Success(narinfo.narHash(), narinfo.signedNarSize().orElseThrow())
                                    .text());
                }
                assertTrue(replies.toString().startsWith(Fixtures.text("transcripts/" + transcript + ".fd4")));
            }
        }

        @Test
        void realRepliesAreReadBack() throws IOException {
            ReplyReader replies = reader(Fixtures.text("transcripts/query-extended-trace.fd4"));
            Map<StorePath, InfoReply.Item> offered = new LinkedHashMap<>();
            available().forEach((path, narinfo) -> offered.put(path, InfoReply.Item.of(narinfo)));
            for (String line : Fixtures.text("transcripts/query-extended-trace.stdin").lines().toList()) {
                Command.Query query = Command.parseQuery(line);
                Set<StorePath> expected = new HashSet<>(query.paths());
                expected.retainAll(offered.keySet());
                switch (query) {
                    case Command.Have have -> assertEquals(expected, new HashSet<>(replies.have(have).paths()));
                    case Command.Info info -> {
                        for (InfoReply.Item item : replies.info(info).items()) {
                            assertTrue(expected.remove(item.path()));
                            assertEquals(Objects.requireNonNull(offered.get(item.path())), item);
                        }
                        assertEquals(Set.of(), expected);
                    }
                }
            }
        }

        @Test
        void theOtherRepliesToSubstituteAreOneLineEach() throws FormatException {
            assertEquals("not-found\n", new SubstituteReply.NotFound().text());
            assertEquals("hash-mismatch sha256 " + HASH.base32() + " " + OTHER.base32() + "\n",
                    new SubstituteReply.HashMismatch(HASH, OTHER).text());
            assertEquals(new SubstituteReply.Success(HASH, new NarSize(5)),
                    SubstituteReply.parse("success sha256:" + HASH.digest().hex() + " 5"));
        }

        @Test
        void theSmallestFileIsWhatIsToBeDownloaded() throws FormatException {
            VerifiedNarinfo narinfo = verified("narinfo/official-bordeaux-hello-2.12.2.narinfo",
                    Acl.of(OfficialKeys.all()));
            assertEquals(Optional.of(new FileSize(68_076)), InfoReply.Item.of(narinfo).downloadSize());
            assertTrue(new InfoReply(List.of(InfoReply.Item.of(narinfo))).text().endsWith("\n68076\n282616\n\n"));
        }

        @Test
        void nothingAvailableIsAnEmptyLine() throws IOException {
            assertEquals("\n", new HaveReply(List.of()).text());
            assertEquals("\n", new InfoReply(List.of()).text());
            assertEquals(List.of(), reader("\n").have(new Command.Have(List.of(A))).paths());
            assertEquals(List.of(), reader("\n").info(new Command.Info(List.of(A))).items());
        }
    }

    @Nested
    class Insufficient {
        @Test
        void anEndBeforeTheEndOfAReplyIsRefused() {
            String text = new InfoReply(List.of(new InfoReply.Item(A, Optional.of(B), List.of(A, B), Optional.empty(),
                    Optional.of(new NarSize(1))))).text();
            for (int end = 0; end < text.length(); end++) {
                String prefix = text.substring(0, end);
                assertThrows(FormatException.class, () -> reader(prefix).info(new Command.Info(List.of(A))), prefix);
            }
            assertThrows(FormatException.class, () -> reader("").substitute());
            assertThrows(FormatException.class, () -> reader(A + "\n").have(new Command.Have(List.of(A))));
        }
    }

    @Nested
    class Invalid {
        @Test
        void pathsThatWereNotAskedForOrStandTwiceAreRefused() {
            FormatException refused = assertThrows(FormatException.class,
                    () -> reader(B + "\n\n").have(new Command.Have(List.of(A))));
            assertEquals("got unexpected path '" + B + "' from substituter", refused.getMessage());
            assertThrows(FormatException.class, () -> reader(A + "\n" + A + "\n\n").have(new Command.Have(List.of(A))));
            assertThrows(FormatException.class, () -> reader(B + "\n\n0\n0\n0\n\n").info(new Command.Info(List.of(A))));
            assertThrows(FormatException.class,
                    () -> reader((A + "\n\n0\n0\n0\n").repeat(2) + "\n").info(new Command.Info(List.of(A))));
            assertThrows(IllegalArgumentException.class, () -> new HaveReply(List.of(A, A)));
        }

        @ParameterizedTest
        @ValueSource(strings = {"x\n0\n0\n0\n", "\nx\n0\n0\n", "\n-1\n0\n0\n", "\n0\n\n0\n", "\n0\n0\nx\n",
            "\n1\n/x\n0\n0\n",
            "\n1\n0\n0\n", "\n1 \n0\n0\n", "\n0\n1.5\n0\n"})
        void malformedItemsAreRefused(String rest) {
            assertThrows(FormatException.class,
                    () -> reader(A + "\n" + rest + "\n").info(new Command.Info(List.of(A))));
        }

        @ParameterizedTest
        @ValueSource(strings = {"", " ", "not-found ", " not-found", "found", "success", "success x 5",
            "success sha256:0000000000000000000000000000000000000000000000000000",
            "success sha256:0000000000000000000000000000000000000000000000000000 -5",
            "success sha256:0000000000000000000000000000000000000000000000000000 5 ",
            "success md5:0000000000000000000000000000000000000000000000000000 5",
            "hash-mismatch sha256 0000000000000000000000000000000000000000000000000000",
            "hash-mismatch md5 0000000000000000000000000000000000000000000000000000"
                    + " 0000000000000000000000000000000000000000000000000000"})
        void malformedRepliesToSubstituteAreRefused(String line) {
            assertThrows(FormatException.class, () -> SubstituteReply.parse(line));
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void referencesEndSomewhere() {
            String text = A + "\n\n" + (Narinfo.MAX_REFERENCES + 1) + "\n";
            FormatException refused = assertThrows(FormatException.class,
                    () -> reader(text).info(new Command.Info(List.of(A))));
            assertEquals("substituter: 10001 references of " + A, refused.getMessage());
            assertThrows(IllegalArgumentException.class, () -> new InfoReply.Item(A, Optional.empty(),
                    Collections.nCopies(Narinfo.MAX_REFERENCES + 1, B), Optional.empty(), Optional.empty()));
        }

        @Test
        void linesEndSomewhere() {
            assertThrows(FormatException.class, () -> reader("x".repeat(2000) + "\n").substitute());
        }
    }

    @Property(tries = 100)
    void repliesSurviveTheirText(@ForAll("paths") List<StorePath> paths, @ForAll boolean derived,
            @ForAll @LongRange(min = 1, max = NarSize.MAX_BYTES) long size,
            @ForAll @IntRange(min = 1, max = 50) int atOnce) throws IOException {
        HaveReply have = new HaveReply(paths);
        List<InfoReply.Item> items = paths.stream().map(path -> new InfoReply.Item(path,
                derived ? Optional.of(path) : Optional.empty(), paths, Optional.of(new FileSize(size)),
                derived ? Optional.empty() : Optional.of(new NarSize(size)))).toList();
        InfoReply info = new InfoReply(items);
        List<SubstituteReply> lines = List.of(new SubstituteReply.Success(HASH, new NarSize(size)),
                new SubstituteReply.HashMismatch(HASH, OTHER), new SubstituteReply.NotFound());
        StringBuilder text = new StringBuilder(have.text() + info.text());
        lines.forEach(line -> text.append(line.text()));
        ReplyReader reader = new ReplyReader(LineReaderTest.dripping(text.toString().getBytes(US_ASCII), atOnce));
        assertEquals(have, reader.have(new Command.Have(paths)));
        assertEquals(info, reader.info(new Command.Info(paths)));
        for (SubstituteReply line : lines) {
            assertEquals(line, reader.substitute());
        }
    }

    @Provide
    Arbitrary<List<StorePath>> paths() {
        return CommandTest.path().list().ofMinSize(1).ofMaxSize(4).uniqueElements();
    }
}
