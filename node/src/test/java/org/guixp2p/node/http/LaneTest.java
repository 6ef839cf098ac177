// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.Test;

/** What a lane decides, with time and connections in the test's hand. */
class LaneTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final HttpFault CLOSED = new HttpFault.Unreachable("closed");

    private long now = 1;
    private final Recorder wire = new Recorder();

    /** The connections as the lane wants them. */
    private static final class Recorder implements Lane.Wire {
        private final List<Integer> opened = new ArrayList<>();
        private final List<Integer> aborted = new ArrayList<>();
        private final Map<Integer, List<LaneRequest>> sent = new HashMap<>();

        @Override
        public void open(int connection) {
            opened.add(connection);
        }

        @Override
        public void send(int connection, LaneRequest request) {
            sent(connection).add(request);
        }

        @Override
        public void abort(int connection) {
            aborted.add(connection);
        }

        List<LaneRequest> sent(int connection) {
            return sent.computeIfAbsent(connection, key -> new ArrayList<>());
        }

        List<String> paths(int connection) {
            return sent(connection).stream().map(request -> request.uri().getPath()).toList();
        }
    }

    private Lane lane(int connections, int pipelined) {
        return new Lane(wire, connections, pipelined, TIMEOUT, IDLE, () -> now);
    }

    private static LaneRequest request(String path, Urgency urgency) {
        return new LaneRequest(URI.create("http://a" + path), urgency);
    }

    private static List<LaneRequest> submit(Lane lane, int count) {
        List<LaneRequest> requests = IntStream.range(0, count).mapToObj(i -> request("/" + i, Urgency.asked()))
                .toList();
        requests.forEach(lane::submit);
        return requests;
    }

    private static LaneRequest.Result answer(String text) {
        return new LaneRequest.Result(new Reply.Answer(200, ByteString.fromString(text), OptionalLong.empty()),
                Optional.empty());
    }

    private static Optional<HttpFault> fault(LaneRequest request) {
        LaneRequest.Result result = request.result().toCompletableFuture().getNow(null);
        return result != null && result.reply() instanceof Reply.Failed failed
                ? Optional.of(failed.fault())
                : Optional.empty();
    }

    private void pass(Lane lane, Duration time) {
        now += time.toNanos();
        lane.tick();
    }

    @Test
    void oneRequestIsWorthOneConnection() {
        Lane lane = lane(4, 64);
        submit(lane, 16);
        assertEquals(List.of(0), wire.opened);
        submit(lane, 1);
        assertEquals(List.of(0, 1), wire.opened);
        submit(lane, 1000);
        assertEquals(4, wire.opened.size());
    }

    @Test
    void requestsAreSpreadOverConnections() {
        Lane lane = lane(2, 64);
        submit(lane, 40);
        lane.connected(0);
        assertEquals(40, wire.paths(0).size());
        submit(lane, 40);
        lane.connected(1);
        assertEquals(64, wire.paths(0).size());
        assertEquals(16, wire.paths(1).size());
    }

    @Test
    void whatIsAheadLeavesHalfTheRoom() {
        Lane lane = lane(1, 8);
        for (int i = 0; i < 8; i++) {
            lane.submit(request("/ahead" + i, Urgency.ahead()));
        }
        lane.connected(0);
        assertEquals(4, wire.paths(0).size());
        lane.submit(request("/asked", Urgency.asked()));
        assertEquals("/asked", wire.paths(0).get(4));
    }

    @Test
    void whatIsRaisedIsSentAtOnceAndOnce() {
        Lane lane = lane(1, 8);
        List<Urgency> urgencies = IntStream.range(0, 8).mapToObj(i -> Urgency.ahead()).toList();
        List<LaneRequest> requests = IntStream.range(0, 8).mapToObj(i -> request("/" + i, urgencies.get(i))).toList();
        requests.forEach(request -> {
            request.onRaise(() -> lane.raised(request));
            lane.submit(request);
        });
        lane.connected(0);
        urgencies.get(7).raise();
        urgencies.get(7).raise();
        assertEquals(List.of("/0", "/1", "/2", "/3", "/7"), wire.paths(0));
        // One that is written already is not written again.
        urgencies.get(0).raise();
        lane.answered(0, answer("0"));
        lane.answered(0, answer("1"));
        assertEquals(List.of("/0", "/1", "/2", "/3", "/7", "/4"), wire.paths(0));
    }

    @Test
    void whatIsRaisedStaysInFrontWhenItsConnectionEnds() {
        Lane lane = lane(1, 8);
        Urgency raised = Urgency.ahead();
        lane.submit(request("/0", Urgency.ahead()));
        lane.submit(request("/1", raised));
        lane.connected(0);
        raised.raise();
        lane.closed(0, CLOSED);
        lane.connected(1);
        assertEquals(List.of("/1"), wire.paths(1));
    }

    @Test
    void aResultThatIsThereIsNotRaised() {
        Lane lane = lane(1, 8);
        Urgency urgency = Urgency.ahead();
        LaneRequest request = request("/0", urgency);
        List<String> told = new ArrayList<>();
        request.onRaise(() -> told.add("raised"));
        lane.submit(request);
        lane.connected(0);
        lane.answered(0, answer("0"));
        urgency.raise();
        assertTrue(told.isEmpty());
    }

    @Test
    void aConnectionThatIsNotTakenUpInTimeIsAnOutage() {
        Lane lane = lane(4, 64);
        List<LaneRequest> requests = submit(lane, 5);
        pass(lane, TIMEOUT.minusNanos(1));
        assertFalse(requests.getFirst().result().toCompletableFuture().isDone());
        pass(lane, Duration.ofNanos(1));
        requests.forEach(request -> assertEquals(Optional.of(new HttpFault.TimedOut(TIMEOUT)), fault(request)));
        assertEquals(List.of(0), wire.aborted);
        assertFalse(lane.isBusy());
        assertFalse(lane.isConnected());
    }

    @Test
    void fewerConnectionsThanWishedForAreNoOutage() {
        Lane lane = lane(4, 8);
        List<LaneRequest> requests = submit(lane, 60);
        assertEquals(4, wire.opened.size());
        lane.connected(0);
        lane.closed(1, CLOSED);
        lane.closed(2, CLOSED);
        lane.closed(3, CLOSED);
        for (int i = 0; i < 60; i++) {
            lane.answered(0, answer("x"));
        }
        assertTrue(requests.stream().allMatch(request -> request.result().toCompletableFuture().isDone()
                && fault(request).isEmpty()));
        assertEquals(4, wire.opened.size());
    }

    @Test
    void headwayOnTheOldestRequestBeginsItsTimeAnew() {
        Lane lane = lane(1, 64);
        List<LaneRequest> requests = submit(lane, 5);
        lane.connected(0);
        for (int i = 0; i < 4; i++) {
            pass(lane, TIMEOUT.minusNanos(1));
            lane.answered(0, answer("x"));
        }
        assertTrue(wire.aborted.isEmpty());
        pass(lane, TIMEOUT);
        assertEquals(Optional.of(new HttpFault.TimedOut(TIMEOUT)), fault(requests.get(4)));
    }

    @Test
    void oneRequestThatIsNeverAnsweredFailsAlone() {
        Lane lane = lane(1, 64);
        List<LaneRequest> requests = submit(lane, 5);
        lane.connected(0);
        lane.answered(0, answer("x"));
        pass(lane, TIMEOUT);
        assertEquals(Optional.of(new HttpFault.TimedOut(TIMEOUT)), fault(requests.get(1)));
        assertEquals(List.of(0), wire.aborted);
        lane.connected(1);
        assertEquals("/2", wire.paths(1).getFirst());
        for (int i = 0; i < 3; i++) {
            lane.answered(1, answer("x"));
        }
        requests.stream().filter(request -> request != requests.get(1)).forEach(request -> {
            assertTrue(request.result().toCompletableFuture().isDone());
            assertEquals(Optional.empty(), fault(request));
        });
    }

    @Test
    void anIdleConnectionIsClosedInTheEnd() {
        Lane lane = lane(1, 64);
        submit(lane, 1);
        lane.connected(0);
        lane.answered(0, answer("x"));
        pass(lane, IDLE.minusNanos(1));
        assertTrue(lane.isConnected());
        pass(lane, Duration.ofNanos(1));
        assertFalse(lane.isConnected());
        assertEquals(List.of(0), wire.aborted);
        submit(lane, 1);
        assertEquals(List.of(0, 1), wire.opened);
    }

    @Test
    void aServerThatAnswersAFewAtATimeIsAskedAFewAtATime() {
        Lane lane = lane(1, 64);
        submit(lane, 20);
        lane.connected(0);
        assertEquals(20, wire.paths(0).size());
        for (int i = 0; i < 3; i++) {
            lane.answered(0, answer("x"));
        }
        lane.closed(0, CLOSED);
        lane.connected(1);
        assertEquals(List.of("/3", "/4", "/5"), wire.paths(1));
        for (int i = 0; i < 5; i++) {
            lane.answered(1, answer("x"));
        }
        // It takes more after all.
        assertTrue(wire.paths(1).size() > 8, () -> "sent: " + wire.paths(1));
    }

    @Test
    void oneRequestThatBreaksEveryConnectionFailsAlone() {
        Lane lane = lane(1, 64);
        List<LaneRequest> requests = submit(lane, 3);
        int connection = 0;
        while (!requests.get(1).result().toCompletableFuture().isDone()) {
            lane.connected(connection);
            LaneRequest head = wire.sent(connection).getFirst();
            if (head.uri().getPath().equals("/1")) {
                lane.closed(connection, new HttpFault.Truncated("cut"));
                connection++;
            } else {
                lane.answered(connection, answer("x"));
                if (wire.sent(connection).size() > 1) {
                    lane.closed(connection, new HttpFault.Truncated("cut"));
                    connection++;
                }
            }
            assertTrue(connection < 10, "asked again without end");
        }
        assertInstanceOf(HttpFault.Truncated.class, fault(requests.get(1)).orElseThrow());
        lane.connected(connection);
        lane.answered(connection, answer("x"));
        assertEquals(Optional.empty(), fault(requests.get(2)));
        assertTrue(requests.get(2).result().toCompletableFuture().isDone());
    }

    @Test
    void tooMuchThatIsAheadDoesNotKeepOutWhatIsAsked() {
        Lane lane = lane(1, 8);
        LaneRequest last = request("/last", Urgency.ahead());
        for (int i = 0; i < 1 << 14; i++) {
            lane.submit(request("/" + i, Urgency.ahead()));
        }
        lane.submit(last);
        assertInstanceOf(HttpFault.Overloaded.class, fault(last).orElseThrow());
        lane.submit(request("/asked", Urgency.asked()));
        lane.connected(0);
        assertEquals("/asked", wire.paths(0).getFirst());
    }

    @Test
    void stoppingEndsEverything() {
        Lane lane = lane(1, 2);
        List<LaneRequest> requests = submit(lane, 5);
        lane.connected(0);
        lane.stop();
        requests.forEach(request -> assertEquals(Optional.of(new HttpFault.Stopped()), fault(request)));
        assertEquals(List.of(0), wire.aborted);
        assertFalse(lane.isBusy());
    }

    @Property(tries = 100)
    void everyRequestEndsWhateverTheServerDoes(@ForAll long seed) {
        Random random = new Random(seed);
        Recorder recorder = new Recorder();
        Lane lane = new Lane(recorder, 3, 6, TIMEOUT, IDLE, () -> now);
        List<LaneRequest> requests = new ArrayList<>();
        List<Urgency> urgencies = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Urgency urgency = random.nextBoolean() ? Urgency.asked() : Urgency.ahead();
            LaneRequest request = request("/" + i, urgency);
            request.onRaise(() -> lane.raised(request));
            urgencies.add(urgency);
            requests.add(request);
            lane.submit(request);
        }
        int steps = 0;
        while (lane.isBusy()) {
            assertTrue(steps++ < 100_000, "no end");
            int connection = recorder.opened.get(random.nextInt(recorder.opened.size()));
            switch (random.nextInt(6)) {
                case 0, 1 -> lane.connected(connection);
                case 2, 3 -> lane.answered(connection, answer("x"));
                case 4 -> urgencies.get(random.nextInt(urgencies.size())).raise();
                default -> {
                    if (random.nextInt(10) == 0) {
                        lane.closed(connection, random.nextBoolean() ? CLOSED : new HttpFault.Truncated("cut"));
                    } else {
                        now += Duration.ofSeconds(1).toNanos();
                        lane.tick();
                    }
                }
            }
        }
        assertTrue(requests.stream().allMatch(request -> request.result().toCompletableFuture().isDone()));
    }
}
