'use strict';
const crypto = require('crypto');
const rhea = require('rhea');

const time = (ms) => rhea.types.wrap_timestamp(ms);

/** Messages in order, each visible, scheduled or locked. */
class Queue {
    constructor({ name, lockMs, maxDeliveries, uniqueMs }, dead, changed) {
        Object.assign(this, { name, lockMs, maxDeliveries, uniqueMs, dead, changed });
        this.seen = new Map();
        this.entries = new Map();
        this.consumers = new Set();
        this.sequence = 0;
        this.completed = 0;
    }

    /** @returns the sequence number */
    add(message, properties = {}) {
        const sequence = ++this.sequence;
        if (this.isDuplicate(message.message_id)) return sequence;
        const annotations = message.message_annotations ?? {};
        const scheduled = annotations['x-opt-scheduled-enqueue-time'];
        const visibleAt = scheduled ? Number(scheduled.value ?? scheduled) : 0;
        const bytes = rhea.message.encode({ ...message, application_properties: { ...message.application_properties, ...properties } });
        this.entries.set(sequence, { sequence, bytes, enqueued: Math.max(Date.now(), visibleAt), visibleAt, deliveries: 0, token: null, lockedUntil: 0 });
        this.wakeAt(visibleAt);
        this.changed();
        return sequence;
    }

    /** Whether a message of this id came within the time of duplicate detection; it is accepted then, and forgotten. */
    isDuplicate(id) {
        if (!this.uniqueMs || id === undefined || id === null) return false;
        const before = this.seen.get(String(id));
        if (before !== undefined && Date.now() - before < this.uniqueMs) return true;
        this.seen.set(String(id), Date.now());
        return false;
    }

    /** Locks the next visible message: { message, token }, or null. */
    lockNext() {
        this.expire();
        const now = Date.now();
        for (const entry of this.entries.values()) {
            if (entry.token || entry.visibleAt > now) continue;
            entry.token = crypto.randomBytes(16);
            entry.lockedUntil = now + this.lockMs;
            this.wakeAt(entry.lockedUntil);
            this.changed();
            return { message: this.asReceived(entry), token: entry.token };
        }
        return null;
    }

    /** @returns whether the lock was still held */
    settle(token, { kind, reason, description }) {
        this.expire();
        const entry = this.locked(token);
        if (!entry) return false;
        if (kind === 'complete') {
            this.entries.delete(entry.sequence);
            this.completed++;
        } else if (kind === 'abandon') {
            this.returned(entry);
        } else {
            this.bury(entry, reason ?? '', description ?? '');
        }
        this.changed();
        this.wake();
        return true;
    }

    /** @returns the new expiry, or null when the lock is lost */
    renew(token) {
        this.expire();
        const entry = this.locked(token);
        if (!entry) return null;
        entry.lockedUntil = Date.now() + this.lockMs;
        this.wakeAt(entry.lockedUntil);
        this.changed();
        return entry.lockedUntil;
    }

    peek(from, count) {
        return [...this.entries.values()].filter((e) => e.sequence >= from).slice(0, count).map((e) => rhea.message.encode(this.asReceived(e)));
    }

    counts() {
        this.expire();
        const all = [...this.entries.values()];
        return { messages: all.length, locked: all.filter((e) => e.token).length, scheduled: all.filter((e) => e.visibleAt > Date.now()).length, completed: this.completed };
    }

    saved() {
        return { sequence: this.sequence, completed: this.completed, seen: [...this.seen], entries: [...this.entries.values()].map((e) => ({ ...e, bytes: e.bytes.toString('base64'), token: e.token?.toString('hex') ?? null })) };
    }

    restore(saved) {
        if (!saved) return;
        this.sequence = saved.sequence;
        this.completed = saved.completed;
        this.seen = new Map(saved.seen ?? []);
        for (const e of saved.entries) {
            this.entries.set(e.sequence, { ...e, bytes: Buffer.from(e.bytes, 'base64'), token: e.token ? Buffer.from(e.token, 'hex') : null });
            this.wakeAt(Math.max(e.visibleAt, e.lockedUntil));
        }
    }

    asReceived(entry) {
        const message = rhea.message.decode(entry.bytes);
        message.delivery_count = entry.deliveries;
        message.message_annotations = {
            ...message.message_annotations,
            'x-opt-sequence-number': rhea.types.wrap_long(entry.sequence),
            'x-opt-enqueued-time': time(entry.enqueued),
        };
        if (entry.token) message.message_annotations['x-opt-locked-until'] = time(entry.lockedUntil);
        return message;
    }

    locked(token) {
        return [...this.entries.values()].find((e) => e.token?.equals(token));
    }

    expire() {
        for (const entry of [...this.entries.values()]) {
            if (entry.token && entry.lockedUntil <= Date.now()) {
                this.returned(entry);
                this.changed();
            }
        }
    }

    returned(entry) {
        entry.token = null;
        entry.deliveries++;
        if (entry.deliveries >= this.maxDeliveries)
            this.bury(entry, 'MaxDeliveryCountExceeded', `Message could not be consumed after ${this.maxDeliveries} delivery attempts.`);
    }

    bury(entry, reason, description) {
        this.entries.delete(entry.sequence);
        if (this.dead) this.dead.add(rhea.message.decode(entry.bytes), { DeadLetterReason: reason, DeadLetterErrorDescription: description });
    }

    wakeAt(when) {
        const delay = when - Date.now();
        if (delay > 0) setTimeout(() => this.wake(), Math.min(delay + 1, 2 ** 31 - 1)).unref();
        else setImmediate(() => this.wake());
    }

    wake() {
        this.expire();
        for (const pump of [...this.consumers]) pump();
    }
}

module.exports = { Queue };
