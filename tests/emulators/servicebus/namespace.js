'use strict';
const fs = require('fs');
const { Queue } = require('./queue');

/** All queues with their dead-letter queues; kept in a file when one is given. */
class Namespace {
    constructor(queues, stateFile) {
        this.stateFile = stateFile;
        this.queues = new Map();
        for (const settings of queues) {
            const dead = new Queue({ ...settings, name: `${settings.name}/$DeadLetterQueue`, maxDeliveries: Infinity, uniqueMs: 0 }, null, () => this.changed());
            const queue = new Queue(settings, dead, () => this.changed());
            this.queues.set(queue.name.toLowerCase(), queue);
            this.queues.set(dead.name.toLowerCase(), dead);
        }
        if (stateFile && fs.existsSync(stateFile)) {
            const saved = JSON.parse(fs.readFileSync(stateFile, 'utf8'));
            for (const queue of this.queues.values()) queue.restore(saved[queue.name]);
        }
    }

    find(name) {
        return this.queues.get(name.toLowerCase());
    }

    counts() {
        return Object.fromEntries([...this.queues.values()].map((q) => [q.name, q.counts()]));
    }

    changed() {
        if (!this.stateFile || this.saving) return;
        this.saving = setImmediate(() => {
            this.saving = null;
            fs.writeFileSync(`${this.stateFile}.part`, JSON.stringify(Object.fromEntries([...this.queues.values()].map((q) => [q.name, q.saved()]))));
            fs.renameSync(`${this.stateFile}.part`, this.stateFile);
        });
    }
}

module.exports = { Namespace };
