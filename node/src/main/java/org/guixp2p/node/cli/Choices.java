// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.config.Words;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Choices on the command line, in the words of the settings: lower case, with hyphens. */
final class Choices {
    private Choices() {}

    static <E extends Enum<E>> Optional<E> find(Class<E> type, String word) {
        return Arrays.stream(type.getEnumConstants()).filter(constant -> Words.of(constant).equals(word)).findFirst();
    }

    private static <E extends Enum<E>> E convert(Class<E> type, String word) {
        return find(type, word).orElseThrow(() -> new TypeConversionException("one of " + Arrays
                .stream(type.getEnumConstants()).map(c -> "'" + Words.of(c) + "'").collect(Collectors.joining(", "))
                + " expected, found '" + word + "'"));
    }

    static final class ForShare implements ITypeConverter<Share> {
        @Override
        public Share convert(String word) {
            return Choices.convert(Share.class, word);
        }
    }

    static final class ForPolicy implements ITypeConverter<SubstitutePolicy> {
        @Override
        public SubstitutePolicy convert(String word) {
            return Choices.convert(SubstitutePolicy.class, word);
        }
    }
}
