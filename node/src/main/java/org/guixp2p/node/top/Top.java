// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.FormatException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jspecify.annotations.Nullable;

/**
 * Shows what the node does on a whole terminal until somebody has seen enough. When the node is gone, or does not answer, it waits for it,
 * and hears keys meanwhile.
 */
public final class Top {
    /** How often it is looked for an answer, and how long none may come before that is said. */
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration OLD = Duration.ofSeconds(2);

    private final Observer observer;
    private final Terminal terminal;
    private final Duration interval;
    private final LongSupplier nanos;
    private final Speeds speeds = new Speeds();
    private Focus focus = Focus.FIRST;
    private Screen.Turn turn = new Screen.Turn(1, 1);
    private Sample sample;
    private Optional<String> trouble = Optional.empty();
    /** What is asked, and since when. */
    private @Nullable CompletableFuture<Sample> asked;
    private long askedNanos;

    /**
     * @param interval between two looks
     * @param nanos a clock that only goes forward
     * @throws IOException when the node does not answer even now
     */
    public Top(Observer observer, Terminal terminal, Duration interval, LongSupplier nanos) throws IOException {
        this.observer = observer;
        this.terminal = terminal;
        this.interval = interval;
        this.nanos = nanos;
        this.sample = observer.look();
        speeds.note(sample);
    }

    /** All that there is to say now, without a terminal. */
    public static List<String> once(Sample sample, int width) {
        Speeds speeds = new Speeds();
        speeds.note(sample);
        return new Screen(width, 0).draw(sample, speeds, Focus.FIRST, Optional.empty()).lines().stream()
                .map(line -> line.toString().stripTrailing()).toList();
    }

    /**
     * Goes on until the key for that, or until the terminal is gone, which is left as it was.
     *
     * @throws IOException when the terminal cannot be read
     */
    public void run() throws IOException {
        Attributes before = terminal.enterRawMode();
        // Else the terminal would be left as it is by whoever is interrupted: Ctrl-C is a key here.
        Attributes raw = terminal.getAttributes();
        raw.setLocalFlag(Attributes.LocalFlag.ISIG, false);
        terminal.setAttributes(raw);
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.cursor_invisible);
        try {
            show();
        } finally {
            terminal.puts(Capability.exit_ca_mode);
            terminal.puts(Capability.cursor_visible);
            terminal.setAttributes(before);
            terminal.flush();
        }
    }

    private void show() throws IOException {
        Display display = new Display(terminal, true);
        long next = nanos.getAsLong() + interval.toNanos();
        Key key = Key.NONE;
        while (key != Key.QUIT) {
            draw(display);
            long rest = next - nanos.getAsLong();
            key = Key.read(terminal.reader(), Duration.ofNanos(asked == null ? rest : LOOK.toNanos()).toMillis());
            press(key);
            take();
            if (asked == null && nanos.getAsLong() - next >= 0) {
                ask();
                next = nanos.getAsLong() + interval.toNanos();
            }
        }
    }

    private void press(Key key) {
        focus = switch (key) {
            case PAUSE -> focus.pausedOrNot();
            case NEXT_LIST -> focus.next();
            case LIST_BEFORE -> focus.before();
            case UP -> focus.moved(-1);
            case DOWN -> focus.moved(1);
            case PAGE_UP -> focus.moved(-turn.up());
            case PAGE_DOWN -> focus.moved(turn.down());
            case QUIT, NONE -> focus;
        };
        focus = focus.within(sample);
    }

    /** Elsewhere: a node that was stopped does not answer, and keys are to be heard all the same. */
    private void ask() {
        if (focus.paused()) {
            return;
        }
        CompletableFuture<Sample> answer = new CompletableFuture<>();
        asked = answer;
        askedNanos = nanos.getAsLong();
        Thread.ofVirtual().name("observer").start(() -> {
            try {
                answer.complete(observer.look());
            } catch (IOException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
    }

    /** Shows what came, unless it is to stand still by now. */
    private void take() {
        CompletableFuture<Sample> answer = asked;
        if (answer == null || !answer.isDone()) {
            return;
        }
        asked = null;
        if (answer.isCompletedExceptionally()) {
            trouble = Optional.of(FormatException.printable(String.valueOf(answer.exceptionNow().getMessage()))
                    + "; it is asked again");
        } else if (!focus.paused()) {
            sample = answer.resultNow();
            speeds.note(sample);
            focus = focus.within(sample);
            trouble = Optional.empty();
        }
    }

    private Optional<String> trouble() {
        Duration waited = asked == null ? Duration.ZERO : Duration.ofNanos(nanos.getAsLong() - askedNanos);
        return waited.compareTo(OLD) < 0
                ? trouble
                : Optional.of("the node does not answer for " + waited.toSeconds() + " s now: what is below is old");
    }

    private void draw(Display display) {
        Size size = terminal.getSize();
        int rows = Math.max(1, size.getRows());
        int columns = Math.max(1, size.getColumns());
        display.resize(rows, columns);
        Screen screen = new Screen(columns, rows);
        Screen.Picture picture = screen.draw(sample, speeds, focus, trouble());
        turn = picture.turn();
        List<AttributedString> lines = new ArrayList<>(picture.lines());
        while (lines.size() < rows - 1) {
            lines.add(AttributedString.EMPTY);
        }
        List<AttributedString> shown = new ArrayList<>(lines.subList(0, rows - 1));
        shown.add(screen.keys(focus));
        display.update(shown, -1);
    }
}
