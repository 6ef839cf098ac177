// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Rates;
import org.guixp2p.protocol.FormatException;

/**
 * Which limits are to change, the others staying as they are: a JSON object of up to four numbers, bytes per second, 0 for no
 * limit. The answer has all four; or else {@code error}, a text.
 */
public record LimitsRequest(Optional<ByteRate> upload, Optional<ByteRate> download, Optional<ByteRate> uploadPerPeer,
        Optional<ByteRate> downloadPerPeer) {
    private static final String UPLOAD = "upload";
    private static final String DOWNLOAD = "download";
    private static final String UPLOAD_PER_PEER = "upload_per_peer";
    private static final String DOWNLOAD_PER_PEER = "download_per_peer";
    private static final List<String> KEYS = List.of(UPLOAD, DOWNLOAD, UPLOAD_PER_PEER, DOWNLOAD_PER_PEER);
    static final String ERROR = "error";

    /** What the limits become. */
    public Rates applyTo(Rates rates) {
        return new Rates(upload.orElse(rates.upload()), download.orElse(rates.download()),
                uploadPerPeer.orElse(rates.uploadPerPeer()), downloadPerPeer.orElse(rates.downloadPerPeer()));
    }

    /** @throws FormatException when it is no request */
    static LimitsRequest parse(String json) throws FormatException {
        return parse(object(json));
    }

    /** @throws FormatException when it is no request */
    static LimitsRequest parse(Config object) throws FormatException {
        for (String key : object.root().keySet()) {
            if (!KEYS.contains(key)) {
                throw new FormatException("no such limit: " + FormatException.quote(key));
            }
        }
        return new LimitsRequest(rate(object, UPLOAD), rate(object, DOWNLOAD), rate(object, UPLOAD_PER_PEER),
                rate(object, DOWNLOAD_PER_PEER));
    }

    /** @throws FormatException when it is no JSON object */
    static Config object(String json) throws FormatException {
        try {
            return ConfigFactory.parseString(json, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
        } catch (ConfigException e) {
            throw new FormatException("no JSON object: " + FormatException.quote(json));
        }
    }

    private static Optional<ByteRate> rate(Config object, String key) throws FormatException {
        if (!object.hasPath(key)) {
            return Optional.empty();
        }
        if (object.getValue(key).valueType() != ConfigValueType.NUMBER) {
            throw new FormatException(key + ": a number of bytes per second expected");
        }
        return Optional.of(ByteRate.parse(object.getString(key)));
    }

    /** One line. */
    String toJson() {
        Map<String, Long> values = new LinkedHashMap<>();
        upload.ifPresent(rate -> values.put(UPLOAD, rate.bytesPerSecond()));
        download.ifPresent(rate -> values.put(DOWNLOAD, rate.bytesPerSecond()));
        uploadPerPeer.ifPresent(rate -> values.put(UPLOAD_PER_PEER, rate.bytesPerSecond()));
        downloadPerPeer.ifPresent(rate -> values.put(DOWNLOAD_PER_PEER, rate.bytesPerSecond()));
        return render(values);
    }

    /** The answer, one line. */
    static String answer(Rates rates) {
        return render(values(rates));
    }

    /** All limits, by the names that they have in JSON, in bytes per second. */
    public static Map<String, Long> values(Rates rates) {
        Map<String, Long> values = new LinkedHashMap<>();
        values.put(UPLOAD, rates.upload().bytesPerSecond());
        values.put(DOWNLOAD, rates.download().bytesPerSecond());
        values.put(UPLOAD_PER_PEER, rates.uploadPerPeer().bytesPerSecond());
        values.put(DOWNLOAD_PER_PEER, rates.downloadPerPeer().bytesPerSecond());
        return values;
    }

    /** The answer to what is no request, one line. */
    static String refusal(String reason) {
        return render(Map.of(ERROR, reason));
    }

    /** @throws FormatException with what the node says, or when it is no answer */
    static Rates parseAnswer(String json) throws FormatException {
        Config object = object(json);
        if (object.hasPath(ERROR)) {
            throw new FormatException(object.getString(ERROR));
        }
        LimitsRequest all = parse(json);
        if (all.upload.isEmpty() || all.download.isEmpty() || all.uploadPerPeer.isEmpty()
                || all.downloadPerPeer.isEmpty()) {
            throw new FormatException("no answer: " + FormatException.quote(json));
        }
        return all.applyTo(Rates.UNLIMITED);
    }

    static String render(Map<String, ?> values) {
        return ConfigValueFactory.fromMap(values).render(ConfigRenderOptions.concise());
    }
}
