// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.portmap;

import java.io.ByteArrayInputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.guixp2p.protocol.FormatException;

/** Reads the XML of routers, of which only the elements that hold nothing but text matter, within bounds and without entities. */
final class SmallXml {
    /** Longest document that is read; those of routers have some 5 kB. */
    static final int MAX_BYTES = 128 << 10;

    private static final int MAX_DEPTH = 24;
    private static final int MAX_TEXT = 1024;

    private SmallXml() {}

    /** Hears of elements as they end. */
    interface Listener {
        /**
         * An element has ended.
         *
         * @param text what stands directly in it, without blanks around it; at most 1024 characters of it
         */
        void ended(String name, String text) throws FormatException;
    }

    /**
     * Reads a document.
     *
     * @param listener hears of each element, by its name without its namespace
     * @throws FormatException when it is none, or beyond the bounds
     */
    static void read(byte[] document, Listener listener) throws FormatException {
        if (document.length > MAX_BYTES) {
            throw new FormatException("XML: " + document.length + " bytes, of " + MAX_BYTES);
        }
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, true);
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(document));
            read(reader, listener);
        } catch (XMLStreamException e) {
            throw new FormatException("XML: " + FormatException.quote(String.valueOf(e.getMessage())), e);
        }
    }

    private static void read(XMLStreamReader reader, Listener listener) throws XMLStreamException, FormatException {
        Deque<StringBuilder> texts = new ArrayDeque<>();
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    if (texts.size() == MAX_DEPTH) {
                        throw new FormatException("XML: more than " + MAX_DEPTH + " elements in one another");
                    }
                    texts.push(new StringBuilder());
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    StringBuilder text = texts.peek();
                    if (text != null) {
                        String more = reader.getText();
                        text.append(more, 0, Math.min(more.length(), MAX_TEXT - text.length()));
                    }
                }
                case XMLStreamConstants.END_ELEMENT ->
                    listener.ended(reader.getLocalName(), texts.pop().toString().strip());
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE -> throw new FormatException(
                        "XML: a document type or an entity");
                default -> {
                    // Comments and the like say nothing.
                }
            }
        }
    }
}
