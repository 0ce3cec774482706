// Runs the scenarios with the official JavaScript client and prints what it saw, a JSON array of lines:
// node scenarios.js CONNECTIONSTRING [websockets]. The queue "jobs" must be empty, with a lock time of 2 s and 3 deliveries.
// ServiceBusClientTests runs the same scenarios with the .NET client and compares.
'use strict';
const { ServiceBusClient } = require('@azure/service-bus');

const connection = process.argv[2];
const options = { retryOptions: { maxRetries: 0, timeoutInMs: 10000 }, ...(process.argv[3] === 'websockets' ? { webSocketOptions: { webSocket: require('ws') } } : {}) };
const lines = [];
const see = (...values) => lines.push(values.map(String).join(' '));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const failure = async (action) => {
    try {
        await action();
        return 'no failure';
    } catch (e) {
        return e.code ?? e.name;
    }
};

(async () => {
    const client = new ServiceBusClient(connection, options);
    const sender = client.createSender('jobs');
    // Without the client's own renewals, which the .NET client leaves to the worker.
    const receiver = client.createReceiver('jobs', { maxAutoLockRenewalDurationInMs: 0 });
    const dead = client.createReceiver('jobs', { subQueueType: 'deadLetter', maxAutoLockRenewalDurationInMs: 0 });
    const next = async (from, ms = 3000) => (await from.receiveMessages(1, { maxWaitTimeInMs: ms }))[0];
    const text = (m) => (Buffer.isBuffer(m.body) ? m.body.toString() : typeof m.body === 'string' ? m.body : JSON.stringify(m.body));
    const send = (id, body, props) => sender.sendMessages({ messageId: id, body: Buffer.from(body), contentType: 'application/json', applicationProperties: props });

    await send('m1', '{"a":1}', { color: 'blue', size: 5 });
    let m = await next(receiver);
    see('received', m.messageId, text(m), m.contentType, m.applicationProperties.color, m.applicationProperties.size, m.deliveryCount + 1);
    const before = m.lockedUntilUtc;
    await sleep(500);
    await receiver.renewMessageLock(m);
    see('renewed', m.lockedUntilUtc > before);
    await receiver.abandonMessage(m);
    m = await next(receiver);
    see('abandoned', m.messageId, m.deliveryCount + 1);
    await receiver.completeMessage(m);
    see('completed, then', await next(receiver, 300));

    await send('m2', '{}');
    m = await next(receiver);
    await receiver.deadLetterMessage(m, { deadLetterReason: 'Bad', deadLetterErrorDescription: 'it is bad' });
    const peeked = (await dead.peekMessages(5))[0];
    see('peeked', peeked.messageId, peeked.deadLetterReason);
    m = await next(dead);
    see('dead', m.messageId, m.deadLetterReason, m.deadLetterErrorDescription);
    await dead.completeMessage(m);

    await sender.scheduleMessages({ messageId: 'm3', body: Buffer.from('{}') }, new Date(Date.now() + 1500));
    see('scheduled, early', await next(receiver, 300));
    m = await next(receiver, 4000);
    see('scheduled, late', m.messageId);
    await receiver.completeMessage(m);

    await send('m4', '{}');
    m = await next(receiver);
    await sleep(2500);
    see('late completion', await failure(() => receiver.completeMessage(m)));
    see('late renewal', await failure(() => receiver.renewMessageLock(m)));
    m = await next(receiver);
    see('came back', m.messageId, m.deliveryCount + 1);
    await receiver.abandonMessage(m);
    m = await next(receiver);
    await receiver.abandonMessage(m);
    see('used up, then', await next(receiver, 300));
    m = await next(dead);
    see('dead', m.messageId, m.deadLetterReason);
    await dead.completeMessage(m);

    see('unknown queue', await failure(() => client.createSender('nowhere').sendMessages({ body: 'x' })));
    await client.close();
    const other = new ServiceBusClient(connection.replace(/SharedAccessKey=[^;]*/, 'SharedAccessKey=wrong'), options);
    see('wrong key', await failure(() => other.createSender('jobs').sendMessages({ body: 'x' })));
    await other.close();
    console.log(JSON.stringify(lines));
})().catch((e) => {
    console.error(e);
    process.exit(1);
});
