// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * We and libgcrypt, as Guix drives it, agree: in print, in each other's signatures of both kinds, and in refusing the
 * same. Needs {@code guile} with {@code guile-gcrypt}.
 */
class LibgcryptTest {
    private static final long SECONDS = 120;
    private static final List<SigningKey> KEYS = List.of(SigningKeyTest.fixture("publisher"),
            SigningKeyTest.fixture("second"), SigningKeyTest.fixture("rsa"));

    @TempDir
    static Path directory;

    @BeforeAll
    static void needsGuile() throws IOException, InterruptedException {
        assumeTrue(run(List.of()), "guile with guile-gcrypt is not installed");
    }

    private static boolean run(List<String> questions) throws IOException, InterruptedException {
        Path script = directory.resolve("libgcrypt.scm");
        Files.write(script, LibgcryptTest.class.getResourceAsStream("/guile/libgcrypt.scm").readAllBytes());
        Path in = Files.write(directory.resolve("in"), questions, ISO_8859_1);
        Process guile;
        try {
            guile = new ProcessBuilder("guile", "--no-auto-compile", script.toString())
                    .redirectInput(in.toFile()).redirectOutput(directory.resolve("out").toFile())
                    .redirectError(directory.resolve("err").toFile()).start();
        } catch (IOException e) {
            return false;
        }
        if (!guile.waitFor(SECONDS, TimeUnit.SECONDS)) {
            guile.destroyForcibly();
            throw new AssertionError("guile has not ended after " + SECONDS + " s");
        }
        return guile.exitValue() == 0;
    }

    private static List<String> ask(List<String> questions) throws IOException, InterruptedException {
        assertTrue(run(questions), () -> "guile failed: " + directory.resolve("err"));
        List<String> answers = Files.readAllLines(directory.resolve("out"), ISO_8859_1);
        assertEquals(questions.size(), answers.size());
        return answers;
    }

    private static String word(Sexp sexp) {
        return hex(sexp.advanced());
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static Sexp sexp(String answer) throws FormatException {
        return Sexp.parse(HexFormat.of().parseHex(answer));
    }

    private static Sha256 hash(int i) {
        return Sha256.hash(("text " + i).getBytes(ISO_8859_1));
    }

    private static Sexp data(Sha256 hash, PublicKey key) throws FormatException {
        return Sexp.parse("(data (flags " + key.flag() + ") (hash sha256 #" + hash.hex() + "#))");
    }

    /** Every atom as hexadecimal, so that how libgcrypt prints it owes nothing to how we do. */
    private static String neutral(Sexp sexp) {
        return switch (sexp) {
            case Sexp.Atom atom -> atom.toString();
            case Sexp.SexpList list -> {
                StringBuilder text = new StringBuilder("(");
                list.items().forEach(item -> text.append(neutral(item)));
                yield text.append(')').toString();
            }
        };
    }

    @Test
    void itPrintsWhatWePrint() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Sexp> sexps = IntStream.range(0, 300).mapToObj(i -> randomList(random, 4)).toList();
        List<String> answers = ask(sexps.stream().map(sexp -> "print " + hex(neutral(sexp).getBytes(ISO_8859_1)))
                .toList());
        for (int i = 0; i < sexps.size(); i++) {
            assertEquals(new String(sexps.get(i).advanced(), ISO_8859_1),
                    new String(HexFormat.of().parseHex(answers.get(i)), ISO_8859_1), "seed " + seed);
        }
    }

    /** Without empty lists and atoms, which libgcrypt drops, and zero bytes, which it prints so that nobody can read them. */
    private static Sexp randomList(Random random, int depth) {
        List<Sexp> items = new ArrayList<>();
        for (int count = 1 + random.nextInt(4); count > 0; count--) {
            items.add(depth > 0 && random.nextInt(3) == 0 ? randomList(random, depth - 1) : randomAtom(random));
        }
        return new Sexp.SexpList(items);
    }

    private static Sexp randomAtom(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(8)];
        boolean text = random.nextBoolean();
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (text ? ' ' + random.nextInt(95) : 1 + random.nextInt(255));
        }
        return Sexp.atom(bytes);
    }

    @Test
    void itVerifiesWhatWeSign() throws Exception {
        List<String> questions = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (SigningKey key : KEYS) {
            PublicKey publicKey = key.publicKey();
            for (int i = 0; i < 12; i++) {
                String value = word(key.sign(hash(i)).sexp());
                questions.add("verify " + value + " " + word(data(hash(i), publicKey)) + " " + word(publicKey.sexp()));
                expected.add("good");
                questions.add("verify " + value + " " + word(data(hash(-1), publicKey)) + " " + word(publicKey.sexp()));
                expected.add("bad");
            }
        }
        assertEquals(expected, ask(questions));
    }

    /** RFC 6979 and PKCS #1 leave nothing to chance: the two signers must agree to the bit. */
    @Test
    void itSignsWhatWeSign() throws Exception {
        List<String> questions = new ArrayList<>();
        List<Sexp> expected = new ArrayList<>();
        for (SigningKey key : KEYS) {
            for (int i = 0; i < 12; i++) {
                questions.add("sign " + word(data(hash(i), key.publicKey())) + " " + hex(key.encoded()));
                expected.add(key.sign(hash(i)).sexp());
            }
        }
        List<Sexp> signed = new ArrayList<>();
        for (String answer : ask(questions)) {
            signed.add(sexp(answer));
        }
        assertEquals(expected, signed);
    }

    @Test
    void weVerifyWhatItsOwnKeysSign() throws Exception {
        List<String> kinds = List.of("(genkey (ecc (curve Ed25519) (flags rfc6979 transient-key)))",
                "(genkey (rsa (nbits 4:1024) (transient-key)))");
        for (String kind : kinds) {
            Sexp.SexpList pair = (Sexp.SexpList) sexp(
                    ask(List.of("generate " + hex(kind.getBytes(ISO_8859_1)))).getFirst());
            PublicKey publicKey = PublicKey.parse(pair.find("public-key").orElseThrow().advanced());
            Sexp secret = pair.find("private-key").orElseThrow();
            assertEquals(publicKey, SigningKey.parse(secret.advanced()).publicKey());
            List<String> answers = ask(IntStream.range(0, 20).mapToObj(i -> {
                try {
                    return "sign " + word(data(hash(i), publicKey)) + " " + word(secret);
                } catch (FormatException e) {
                    throw new AssertionError(e);
                }
            }).toList());
            for (int i = 0; i < answers.size(); i++) {
                SignatureValue value = SignatureValue.of((Sexp.SexpList) sexp(answers.get(i)));
                assertTrue(publicKey.verify(hash(i), value));
                assertFalse(publicKey.verify(hash(i + 1), value));
            }
        }
    }

    /** About one r in 32 has a zero byte at its head. */
    @Test
    void shortNumbersAreNoTrouble() throws Exception {
        SigningKey key = KEYS.getFirst();
        List<Integer> shorts = IntStream.range(0, 400).boxed().filter(i -> {
            SignatureValue.Ecdsa value = (SignatureValue.Ecdsa) key.sign(hash(i));
            return Math.min(value.r().bitLength(), value.s().bitLength()) <= 248;
        }).toList();
        assertNotEquals(List.of(), shorts);
        List<String> questions = new ArrayList<>();
        for (int i : shorts) {
            questions.add("verify " + word(key.sign(hash(i)).sexp()) + " " + word(data(hash(i), key.publicKey())) + " "
                    + word(key.publicKey().sexp()));
        }
        Collection<String> answers = ask(questions);
        assertEquals(questions.size(), answers.stream().filter("good"::equals).count());
    }

    @Test
    void officialKeysAreSpelledAsItSpellsThem() throws Exception {
        List<String> files = Fixtures.list("official-keys");
        List<String> answers = ask(files.stream().map(name -> "print " + hex(Fixtures.bytes(name))).toList());
        for (int i = 0; i < files.size(); i++) {
            assertEquals(hex(PublicKey.parse(Fixtures.bytes(files.get(i))).encoded()), answers.get(i));
        }
    }
}
