// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/**
 * Writes the answers of one connection in the order of its questions, whichever is known first, and no faster than the client takes
 * them. Used on the channel's event loop alone.
 */
final class AnswerWriter {
    /** Hears what becomes of answers. */
    interface Owner {
        /** One or more were written, so that there may be room for more questions. */
        void answered();

        /** The last one is being sent: what was asked behind it is not answered. */
        void last();

        /** The last one was, after which the connection ends. */
        void ended(RequestReader.Manner how);

        /** Something was promised that cannot be kept. */
        void failed(RequestReader.Manner how, Throwable why);
    }

    /** The place of one answer. */
    static final class Slot {
        private final RequestReader.Manner how;
        private final int memory;
        private @Nullable Reply reply;

        private Slot(RequestReader.Manner how, int memory) {
            this.how = how;
            this.memory = memory;
        }
    }

    private final Channel channel;
    private final ActorSystem<?> system;
    private final Owner owner;
    private final Deque<Slot> slots = new ArrayDeque<>();
    private long memory;
    /** How many answers are on their way to the socket. */
    private int underWay;
    /** The one whose body comes by and by, and is being sent. */
    private @Nullable End body;
    private long written;
    private boolean isWriting;
    private boolean isEnding;
    private boolean isHeld;
    private boolean isFlushWanted;

    /** @param system where bodies that come by and by run */
    AnswerWriter(Channel channel, ActorSystem<?> system, Owner owner) {
        this.channel = channel;
        this.system = system;
        this.owner = owner;
    }

    /**
     * The next question has come.
     *
     * @param questionMemory what it takes of the heap until it is answered, in bytes
     */
    Slot add(RequestReader.Manner how, int questionMemory) {
        Slot slot = new Slot(how, questionMemory);
        slots.add(slot);
        memory += questionMemory;
        return slot;
    }

    /** How many questions are not answered, or have answers that the socket has not taken. */
    int waiting() {
        return slots.size() + underWay;
    }

    /** What these take of the heap, in bytes. */
    long memory() {
        return memory;
    }

    /** Whether nothing is to be written, and all was that was to be. */
    boolean isQuiet() {
        return slots.isEmpty() && underWay == 0;
    }

    /** Whether a body is being sent. */
    boolean isSendingBody() {
        return body != null;
    }

    /** How many bytes the socket has taken. */
    long written() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return written + (buffer == null ? 0 : buffer.currentProgress());
    }

    /** Whether there is something that the client could take. */
    boolean isAnythingThere() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer != null && !buffer.isEmpty();
    }

    /** An answer is known. */
    void answer(Slot slot, Reply reply) {
        slot.reply = reply;
        write();
    }

    /** Writes what may be written by now. */
    void write() {
        if (isWriting) {
            return;
        }
        isWriting = true;
        boolean any = false;
        while (body == null && !isEnding && channel.isWritable() && !slots.isEmpty()) {
            Slot next = slots.element();
            Reply reply = next.reply;
            if (reply == null) {
                break;
            }
            slots.remove();
            memory -= next.memory;
            begin(reply, next.how);
            any = true;
        }
        isWriting = false;
        isFlushWanted |= any;
        flush();
        if (any) {
            owner.answered();
        }
    }

    /** More answers are about to come: they are sent together. */
    void hold() {
        isHeld = true;
    }

    /** No more are. */
    void letGo() {
        isHeld = false;
        flush();
    }

    private void flush() {
        if (isFlushWanted && !isHeld) {
            isFlushWanted = false;
            channel.flush();
        }
    }

    private void begin(Reply reply, RequestReader.Manner how) {
        underWay++;
        byte[] head = ReplyHead.of(reply, how);
        boolean isLast = ReplyHead.isLast(reply, how);
        if (isLast) {
            isEnding = true;
            slots.clear();
            memory = 0;
            owner.last();
        }
        End end = new End(how, isLast);
        switch (reply.body()) {
            case Reply.Body.Whole(var bytes) when !how.isHead() -> write(
                    Unpooled.wrappedBuffer(head, bytes.toArrayUnsafe()), end);
            case Reply.Body.Whole _ -> write(Unpooled.wrappedBuffer(head), end);
            case Reply.Body.Coming _ when how.isHead() -> write(Unpooled.wrappedBuffer(head), end);
            case Reply.Body.Coming coming -> {
                writeHead(head, end);
                StreamBody stream = new StreamBody(channel, coming, ReplyHead.isChunked(reply, how), end);
                end.stop = stream::stop;
                body = end;
                stream.begin(system);
            }
            case Reply.Body.InFile file -> {
                writeHead(head, end);
                end.stop = file.over();
                body = end;
                new FileBody(channel, file, end).begin();
            }
        }
    }

    private void write(ByteBuf whole, BodyEnd end) {
        int size = whole.readableBytes();
        channel.write(whole).addListener(done -> {
            if (done.isSuccess()) {
                end.wrote(size);
                end.sent();
            } else {
                end.failed(done.cause());
            }
        });
    }

    /** When it cannot be written, nor can the body. */
    private void writeHead(byte[] head, BodyEnd end) {
        channel.write(Unpooled.wrappedBuffer(head)).addListener(done -> {
            if (done.isSuccess()) {
                end.wrote(head.length);
            }
        });
    }

    /** The connection has ended: nothing more is written. */
    void end() {
        slots.clear();
        memory = 0;
        End sending = body;
        if (sending != null) {
            sending.finish();
        }
    }

    /** Of one answer. */
    private final class End implements BodyEnd {
        private final RequestReader.Manner how;
        private final boolean isLast;
        /** Has nobody go on with the body. */
        private Runnable stop = () -> {};
        private boolean isOver;

        End(RequestReader.Manner how, boolean isLast) {
            this.how = how;
            this.isLast = isLast;
        }

        @Override
        public void wrote(long bytes) {
            written += bytes;
        }

        @Override
        public void sent() {
            if (!isOver) {
                finish();
                if (isLast) {
                    owner.ended(how);
                } else {
                    owner.answered();
                    write();
                }
            }
        }

        @Override
        public void failed(Throwable why) {
            if (!isOver) {
                finish();
                owner.failed(how, why);
            }
        }

        private void finish() {
            isOver = true;
            underWay--;
            body = body == this ? null : body;
            stop.run();
        }
    }
}
