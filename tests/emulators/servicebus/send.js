// Sends a job with the official JavaScript client as senders do, without a message id: node send.js CONNECTIONSTRING QUEUE KIND JOB
// KIND: buffer (bytes), object (the client writes it as JSON), text (JSON that the client writes as JSON once more), value (text in
// AMQP's own encoding, as JMS sends it).
'use strict';
const { ServiceBusClient } = require('@azure/service-bus');

const [connection, queue, kind, job] = process.argv.slice(2);
const messages = {
    buffer: () => ({ body: Buffer.from(job) }),
    object: () => ({ body: JSON.parse(job) }),
    text: () => ({ body: job }),
    value: () => ({ body: job, bodyType: 'value' }),
};

(async () => {
    const client = new ServiceBusClient(connection);
    await client.createSender(queue).sendMessages(messages[kind]());
    await client.close();
})();
