// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;

/**
 * What somebody says about a store item: its NAR's hash and size, its references, and where the NAR is to be had (Guix:
 * {@code guix/narinfo.scm}). Well-formed, but not yet believed.
 *
 * <p>The text is kept as it came, since a signature holds for its bytes. Of a field that stands there twice the first
 * counts; a blank line ends the record.
 */
public final class Narinfo {
    /** Longest text that is read, in bytes: an item of 10,000 references, with names of usual length. */
    public static final int MAX_BYTES = 1 << 20;
    /** Most references of one item; real ones have a few hundred. */
    public static final int MAX_REFERENCES = 10_000;

    /** Most files of one server that are looked at; real ones offer one for each compression. */
    static final int MAX_SOURCES = 32;

    private static final int MAX_SYSTEM = 64;
    private static final String SIGNATURE = "Signature:";

    private final byte[] raw;
    private final int signedLength;
    private final Fields fields;

    private record Fields(StorePath path, NarHash narHash, Optional<NarSize> narSize, List<StorePath> references,
            Optional<StorePath> deriver, Optional<String> system, List<NarSource> sources, Optional<String> signature,
            boolean signed, boolean narSizeSigned, boolean deriverSigned, boolean sourcesSigned) {}

    private Narinfo(byte[] raw, int signedLength, Fields fields) {
        this.raw = raw;
        this.signedLength = signedLength;
        this.fields = fields;
    }

    /**
     * Reads a narinfo.
     *
     * @param bytes UTF-8 text
     * @throws FormatException when it is too long, a field is malformed, or {@code StorePath}, {@code NarHash} or
     *         {@code References} is missing
     */
    public static Narinfo parse(byte[] bytes) throws FormatException {
        if (bytes.length > MAX_BYTES) {
            throw new FormatException("narinfo: longer than " + MAX_BYTES + " bytes");
        }
        byte[] raw = bytes.clone();
        String text = decode(raw);
        int end = text.indexOf(SIGNATURE);
        if (end > 0 && text.charAt(end - 1) != '\n') {
            throw new FormatException("narinfo: '" + SIGNATURE + "' inside a line");
        }
        String signedPart = end < 0 ? "" : text.substring(0, end);
        int signedLength = end < 0 ? -1 : signedPart.getBytes(StandardCharsets.UTF_8).length;
        return new Narinfo(raw, signedLength, typed(RecordFields.parse(text), RecordFields.parse(signedPart)));
    }

    private static String decode(byte[] raw) throws FormatException {
        try {
            return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT).decode(ByteBuffer.wrap(raw)).toString();
        } catch (CharacterCodingException e) {
            throw new FormatException("narinfo: not UTF-8", e);
        }
    }

    private static Fields typed(RecordFields record, RecordFields signedPart) throws FormatException {
        Optional<String> narSize = record.first("NarSize");
        Optional<String> deriver = record.first("Deriver");
        Optional<String> system = record.first("System");
        if (system.isPresent() && !isSystem(system.get())) {
            throw new FormatException("narinfo: not a system: " + FormatException.quote(system.get()));
        }
        return new Fields(
                StorePath.parse(record.required("StorePath")),
                NarHash.parse(record.required("NarHash")),
                narSize.isPresent() ? Optional.of(NarSize.parse(narSize.get())) : Optional.empty(),
                references(record.required("References")),
                deriver.isPresent() && !deriver.get().isEmpty()
                        ? Optional.of(StorePath.parseBaseName(deriver.get()))
                        : Optional.empty(),
                system,
                sources(record),
                record.first("Signature"),
                signedPart.has("StorePath") && signedPart.has("NarHash") && signedPart.has("References"),
                signedPart.has("NarSize"),
                signedPart.has("Deriver"),
                signedPart.has("URL") || signedPart.has("Compression") || signedPart.has("FileSize"));
    }

    private static boolean isSystem(String text) {
        return text.length() <= MAX_SYSTEM && Words.isPrintable(text);
    }

    private static List<StorePath> references(String value) throws FormatException {
        List<StorePath> references = new ArrayList<>();
        int at = 0;
        while (at < value.length()) {
            int end = value.indexOf(' ', at);
            end = end < 0 ? value.length() : end;
            if (end > at) {
                if (references.size() == MAX_REFERENCES) {
                    throw new FormatException("narinfo: more than " + MAX_REFERENCES + " references");
                }
                references.add(StorePath.parseBaseName(value.substring(at, end)));
            }
            at = end + 1;
        }
        return List.copyOf(references);
    }

    /**
     * Pairs URLs, compressions and sizes by position, as far as the shortest of the lists that are there reaches. None of
     * it is signed, so what makes no sense is no reason to do without the rest: it is left out. Hashes of files count when
     * there is one for each URL.
     */
    private static List<NarSource> sources(RecordFields record) {
        List<String> urls = record.all("URL");
        List<String> compressions = record.all("Compression");
        List<String> sizes = record.all("FileSize");
        List<String> hashes = record.all("FileHash");
        int count = Math.min(urls.size(), compressions.size());
        if (!sizes.isEmpty()) {
            count = Math.min(count, sizes.size());
        }
        List<NarSource> sources = new ArrayList<>(Math.min(count, MAX_SOURCES));
        for (int i = 0; i < count && sources.size() < MAX_SOURCES; i++) {
            Optional<NarSource> source = NarSource.read(urls.get(i), compressions.get(i),
                    sizes.isEmpty() ? Optional.empty() : Optional.of(sizes.get(i)),
                    hashes.size() == urls.size() ? Optional.of(hashes.get(i)) : Optional.empty());
            if (source.isPresent()) {
                sources.add(source.get());
            }
        }
        return List.copyOf(sources);
    }

    /** The text as it came. */
    public byte[] raw() {
        return raw.clone();
    }

    public StorePath path() {
        return fields.path();
    }

    public NarHash narHash() {
        return fields.narHash();
    }

    /** The NAR's size, which {@link #isNarSizeSigned} may or may not be. */
    public Optional<NarSize> narSize() {
        return fields.narSize();
    }

    /** Whether the size stands in the signed part. One that does not is a bound at most. */
    public boolean isNarSizeSigned() {
        return fields.narSizeSigned();
    }

    /** Whether the deriver stands in the signed part. */
    public boolean isDeriverSigned() {
        return fields.deriverSigned();
    }

    /** Whether any of what says where the NAR is to be had stands in the signed part: then nobody else can say otherwise. */
    public boolean areSourcesSigned() {
        return fields.sourcesSigned();
    }

    /** In the narinfo's order; the item itself is among them when it refers to itself. */
    public List<StorePath> references() {
        return fields.references();
    }

    public Optional<StorePath> deriver() {
        return fields.deriver();
    }

    /** Such as {@code x86_64-linux}. */
    public Optional<String> system() {
        return fields.system();
    }

    /** The files that the server offers, in its order, as far as they can be made out. */
    public List<NarSource> sources() {
        return fields.sources();
    }

    /** The value of the {@code Signature} field, not yet looked into. */
    public Optional<String> signature() {
        return fields.signature();
    }

    /** Whether there is a signature, with path, hash and references above it: nothing less counts as signed. */
    public boolean isSigned() {
        return fields.signed() && fields.signature().isPresent();
    }

    /** What a signature is over: the bytes above the first {@code Signature:}; all of them when there is none. */
    public byte[] signedPart() {
        return Arrays.copyOf(raw, signedLength < 0 ? raw.length : signedLength);
    }

    Sha256 signedHash() {
        return Sha256.hash(signedPart());
    }

    /** Whether both say the same of the same item, wherever they send one for its NAR (Guix: {@code
     * equivalent-narinfo?}). Two that do not tell the size are not known to be the same. */
    public boolean isEquivalentTo(Narinfo other) {
        return narHash().equals(other.narHash()) && path().equals(other.path())
                && references().equals(other.references()) && narSize().isPresent()
                && narSize().equals(other.narSize());
    }

    /**
     * What peers hand on: the signed part and the signature, nothing below it.
     *
     * @throws IllegalStateException when it is not signed
     */
    public Narinfo signedOnly() {
        return withSources(List.of());
    }

    /**
     * The signed part and the signature, with other files to fetch below them.
     *
     * <p>Guix's own {@code valid-narinfo?} fails on a narinfo without any URL; whoever passes one on to Guix puts at
     * least one source into it.
     *
     * @throws IllegalStateException when it is not signed
     */
    public Narinfo withSources(List<NarSource> sources) {
        if (!isSigned()) {
            throw new IllegalStateException("the narinfo of " + path() + " is not signed");
        }
        StringBuilder text = new StringBuilder(new String(signedPart(), StandardCharsets.UTF_8));
        // A value that goes on over several lines verifies nowhere, and still is one.
        text.append(SIGNATURE).append(' ').append(signature().orElseThrow().replace("\n", "\n+ ")).append('\n');
        sources.forEach(source -> text.append(source.lines()));
        try {
            return parse(text.toString().getBytes(StandardCharsets.UTF_8));
        } catch (FormatException e) {
            throw new IllegalStateException("a narinfo less its unsigned lines is still a narinfo", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Narinfo that && Arrays.equals(raw, that.raw);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(raw);
    }

    @Override
    public String toString() {
        return "narinfo of " + path() + " (" + narHash() + ")";
    }
}
