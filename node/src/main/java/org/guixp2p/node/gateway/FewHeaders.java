// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.TooLongHttpHeaderException;

/**
 * The headers of one request, as they are read. Netty bounds their bytes alone, and thousands that have three of these take a hundred times as
 * much of the heap.
 */
final class FewHeaders extends DefaultHttpHeaders {
    static final int MOST = 64;
    static final HttpHeadersFactory FACTORY = new HttpHeadersFactory() {
        @Override
        public HttpHeaders newHeaders() {
            return new FewHeaders();
        }

        @Override
        public HttpHeaders newEmptyHeaders() {
            return new FewHeaders();
        }
    };

    @Override
    public HttpHeaders add(CharSequence name, Object value) {
        checkRoom();
        return super.add(name, value);
    }

    @Override
    public HttpHeaders add(String name, Object value) {
        checkRoom();
        return super.add(name, value);
    }

    private void checkRoom() {
        if (size() >= MOST) {
            throw new TooLongHttpHeaderException("more than " + MOST + " headers");
        }
    }
}
