'use strict';
const rhea = require('rhea');

// A token travels as an AMQP UUID; a delivery tag holds it in the byte order of .NET's Guid.
const swap = (b) => Buffer.from([b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], ...b.subarray(8)]);
const plain = (v) => (v !== null && typeof v === 'object' && 'value' in v && !Buffer.isBuffer(v) ? v.value : v);
const tokenOf = (v) => {
    const raw = plain(v);
    return swap(Buffer.isBuffer(raw) ? raw : Buffer.from(String(raw).replace(/-/g, ''), 'hex'));
};
const lockLost = { status: 410, condition: 'com.microsoft:message-lock-lost', description: 'The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.' };

const operations = {
    'com.microsoft:renew-lock'(queue, body) {
        const expirations = [...plain(body['lock-tokens'])].map((t) => queue.renew(tokenOf(t)));
        return expirations.includes(null) ? lockLost
            : { status: 200, body: { expirations: rhea.types.wrap_array(expirations, 0x83) } };
    },
    'com.microsoft:update-disposition'(queue, body) {
        const kind = { completed: 'complete', abandoned: 'abandon', suspended: 'dead-letter' }[plain(body['disposition-status'])];
        const done = [...plain(body['lock-tokens'])].every((t) => queue.settle(tokenOf(t), { kind, reason: plain(body['deadletter-reason']), description: plain(body['deadletter-description']) }));
        return done ? { status: 200, body: {} } : lockLost;
    },
    'com.microsoft:peek-message'(queue, body) {
        const messages = queue.peek(Number(plain(body['from-sequence-number'])), Number(plain(body['message-count'])));
        return messages.length === 0 ? { status: 204, description: 'No content', body: {} }
            : { status: 200, body: { messages: rhea.types.wrap_list(messages.map((m) => ({ message: rhea.types.wrap_binary(m) }))) } };
    },
    'com.microsoft:schedule-message'(queue, body) {
        const numbers = [...plain(body.messages)].map((m) => queue.add(rhea.message.decode(plain(m.message))));
        return { status: 200, body: { 'sequence-numbers': rhea.types.wrap_array(numbers, 0x81) } };
    },
};

/** { status, description, condition, body } of a request. */
function handle(queue, request) {
    const operation = operations[request.application_properties?.operation];
    return operation ? operation(queue, request.body ?? {})
        : { status: 501, condition: 'amqp:not-implemented', description: `unknown operation ${request.application_properties?.operation}` };
}

module.exports = { handle };
