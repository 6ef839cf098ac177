// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Choices on the command line, in the words of the settings: lower case, with hyphens. */
final class Words {
    private Words() {}

    static <E extends Enum<E>> Optional<E> find(Class<E> type, String word) {
        return Arrays.stream(type.getEnumConstants()).filter(constant -> of(constant).equals(word)).findFirst();
    }

    private static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static <E extends Enum<E>> E convert(Class<E> type, String word) {
        return find(type, word).orElseThrow(() -> new TypeConversionException("one of " + Arrays
                .stream(type.getEnumConstants()).map(c -> "'" + of(c) + "'").collect(Collectors.joining(", "))
                + " expected, found '" + word + "'"));
    }

    static final class ForShare implements ITypeConverter<Share> {
        @Override
        public Share convert(String word) {
            return Words.convert(Share.class, word);
        }
    }

    static final class ForPolicy implements ITypeConverter<SubstitutePolicy> {
        @Override
        public SubstitutePolicy convert(String word) {
            return Words.convert(SubstitutePolicy.class, word);
        }
    }
}
