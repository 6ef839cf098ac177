// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.protocol.compress.Compression;

/** Compresses one NAR on its way. Not for several threads at once. */
final class CodedNar {
    private final ByteArrayOutputStream made = new ByteArrayOutputStream();
    private final OutputStream out;
    private boolean closed;

    private CodedNar(Compression compression) throws IOException {
        this.out = compression.compress(made);
    }

    /**
     * Compresses {@code nar}. Only when all of it came does the compressed file end as it must.
     *
     * @param compressing where that is done
     */
    static Source<ByteString, NotUsed> of(Source<ByteString, NotUsed> nar, Compression compression,
            Executor compressing) {
        return compression == Compression.NONE ? nar : Source.lazySource(() -> {
            CodedNar coded = new CodedNar(compression);
            return nar.map(Optional::of).concat(Source.single(Optional.empty()))
                    .mapAsync(1, next -> CompletableFuture.supplyAsync(() -> coded.next(next), compressing))
                    .filter(bytes -> !bytes.isEmpty())
                    .watchTermination((notUsed, done) -> {
                        done.whenCompleteAsync((ok, failure) -> coded.close(), compressing);
                        return notUsed;
                    });
        }).mapMaterializedValue(later -> NotUsed.getInstance());
    }

    private synchronized ByteString next(Optional<ByteString> bytes) {
        try {
            if (closed) {
                throw new IOException("nobody reads it any more");
            }
            if (bytes.isPresent()) {
                out.write(bytes.get().toArrayUnsafe());
            } else {
                closed = true;
                out.close();
            }
            ByteString coded = ByteString.fromArray(made.toByteArray());
            made.reset();
            return coded;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the library holds is not the heap's, and must be given back. */
    private synchronized void close() {
        if (!closed) {
            closed = true;
            try {
                out.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
