// A small AMQP 1.0 broker that behaves towards its clients as Azure Service Bus does: claims-based security, peek-lock
// with tokens and expiry, delivery counts, dead-letter queues, scheduled messages, detection of duplicates, a management node.
//
//   node broker.js --port 5672 --key KEY --queue jobs:lock=30,max=10,unique=600 [--queue ...] [--state FILE] [--control PORT]
//                  [--websockets PORT] [--certificate PEM --certificate-key PEM]
//
// --websockets serves AMQP over WebSockets besides. With a certificate both ports speak TLS.
// --state keeps the messages over a restart. --control serves, on loopback: GET /queues (counts), POST /cut (breaks all
// connections), POST /deaf?ms=N (does not answer management requests for a while).
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');
const { WebSocketServer } = require('ws');
const rhea = require('rhea');
const { parseArguments } = require('./arguments');
const { Namespace } = require('./namespace');
const { verifySas } = require('./tokens');
const management = require('./management');

const options = parseArguments(process.argv.slice(2));
const namespace = new Namespace(options.queues, options.state);
const container = rhea.create_container();
const connections = new Set();
const sockets = new Set();
let deafUntil = 0;

const outcome = {
    accepted: () => rhea.message.accepted().described(),
    rejected: (condition, description) => rhea.message.rejected({ error: { condition, description } }).described(),
};

container.on('connection_open', ({ connection }) => {
    connection.audiences = new Set();
    connections.add(connection);
});
for (const event of ['connection_close', 'disconnected'])
    container.on(event, ({ connection }) => connections.delete(connection));
container.on('connection_error', () => { });
container.on('session_error', () => { });
container.on('receiver_error', () => { });
container.on('sender_error', () => { });
container.on('error', (error) => console.error(error));

/** Entity and node of an address: jobs, jobs/$DeadLetterQueue, jobs/$management. */
function resolve(path) {
    // The official .NET client names an entity by the path of its URL.
    const address = path.replace(/^\//, '');
    const managed = address.endsWith('/$management');
    return { managed, queue: namespace.find(managed ? address.slice(0, -'/$management'.length) : address) };
}

function refuse(link, condition, description) {
    link.close({ condition, description });
}

/** Whether the link may be attached; refuses it otherwise. */
function admit(link, address) {
    // Messages that are sent settled have tags that need not differ.
    link.local.attach.snd_settle_mode = link.remote.attach.snd_settle_mode;
    if (address === '$cbs') return { cbs: true };
    const { managed, queue } = resolve(address ?? '');
    if (!queue) {
        refuse(link, 'amqp:not-found', `The messaging entity '${address}' could not be found.`);
        return null;
    }
    if (!link.connection.audiences.has(queue.name.toLowerCase())) {
        refuse(link, 'amqp:unauthorized-access', `Unauthorized access. 'Listen' or 'Send' claim(s) are required for '${address}'.`);
        return null;
    }
    return { managed, queue };
}

// The other side receives.
container.on('sender_open', ({ sender }) => {
    const address = sender.source?.address;
    // A link that is refused has no ends.
    const node = admit(sender, address);
    if (!node) return;
    sender.set_source({ address });
    sender.set_target({ address: sender.target?.address });
    if (node.cbs || node.managed) {
        sender.connection.replies ??= new Map();
        // A request names where its answer goes: the receiving link's target, or, without one, any link from the same node.
        for (const key of [sender.target?.address, sender.name, address])
            if (key) sender.connection.replies.set(key, sender);
        return;
    }
    let sending = false;
    const pump = () => {
        // rhea takes a message off the credit when it goes out, on the next tick: until then no other may be locked for it.
        if (sending) return;
        const locked = sender.is_open() && sender.sendable() ? node.queue.lockNext() : null;
        if (locked) {
            sending = true;
            sender.send(locked.message, locked.token);
            setImmediate(() => {
                sending = false;
                pump();
            });
        } else if (sender._draining) {
            sender.set_drained(true);
        }
    };
    node.queue.consumers.add(pump);
    sender.on('sendable', pump);
    sender.on('sender_draining', pump);
    sender.on('sender_flow', pump);
    for (const event of ['sender_close', 'session_close'])
        sender.on(event, () => node.queue.consumers.delete(pump));
    sender.connection.on('disconnected', () => node.queue.consumers.delete(pump));
    const settle = (delivery, action) => {
        const done = node.queue.settle(delivery.tag, action);
        delivery.update(true, done ? outcome.accepted()
            : outcome.rejected('com.microsoft:message-lock-lost', 'The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.'));
    };
    sender.on('accepted', ({ delivery }) => settle(delivery, { kind: 'complete' }));
    // rhea reports a modified outcome as released, too.
    sender.on('released', ({ delivery }) => settle(delivery, { kind: 'abandon' }));
    sender.on('rejected', ({ delivery }) => {
        const info = delivery.remote_state.error?.info ?? {};
        settle(delivery, { kind: 'dead-letter', reason: info.DeadLetterReason, description: info.DeadLetterErrorDescription });
    });
});

// The other side sends.
container.on('receiver_open', ({ receiver }) => {
    const address = receiver.target?.address;
    const node = admit(receiver, address);
    if (!node) return;
    receiver.set_source({ address: receiver.source?.address });
    receiver.set_target({ address });
    // Of the Standard tier.
    receiver.local.attach.max_message_size = 256 * 1024;
    receiver.on('message', ({ message, delivery }) => {
        if (node.cbs || node.managed) {
            delivery.accept();
            answer(receiver.connection, message, node);
            return;
        }
        node.queue.add(message);
        delivery.accept();
    });
});

function answer(connection, request, node) {
    if (!node.cbs && Date.now() < deafUntil) return;
    const { status, description, condition, body } = node.cbs ? putToken(connection, request) : management.handle(node.queue, request);
    const properties = { statusCode: rhea.types.wrap_int(status), statusDescription: description ?? 'OK', 'status-code': rhea.types.wrap_int(status), 'status-description': description ?? 'OK' };
    if (condition) properties.errorCondition = properties['error-condition'] = rhea.types.wrap_symbol(condition);
    const reply = connection.replies?.get(request.reply_to) ?? connection.replies?.get(node.cbs ? '$cbs' : `${node.queue.name}/$management`);
    reply?.send({ to: request.reply_to, correlation_id: request.message_id, application_properties: properties, body });
}

function putToken(connection, request) {
    const { type, name } = request.application_properties ?? {};
    const token = String(request.body);
    const entity = decodeURIComponent(new URL(String(name).replace(/^(amqps?|sb):/, 'http:')).pathname).replace(/^\//, '').replace(/\/$/, '');
    const reason = type === 'jwt' ? (token === options.jwt ? null : 'InvalidToken') : verifySas(token, options.keyName, options.key);
    if (reason) return { status: 401, description: reason };
    const queue = resolve(entity).queue;
    connection.audiences.add((queue?.name ?? entity).toLowerCase());
    return { status: 202, description: 'Accepted' };
}

const tls = options.certificate ? { cert: fs.readFileSync(options.certificate), key: fs.readFileSync(options.certificateKey) } : null;
const amqp = { max_frame_size: 65536, channel_max: 4999, idle_time_out: 120000, receiver_options: { autoaccept: false, credit_window: 100 }, sender_options: { autosettle: false } };
if (options.websockets) {
    const server = tls ? https.createServer(tls) : http.createServer();
    // Path and protocol are the service's.
    new WebSocketServer({
        server,
        verifyClient: ({ req }) => /^\/\$servicebus\/websocket\/?$/.test(req.url),
        handleProtocols: (protocols) => (protocols.has('AMQPWSB10') ? 'AMQPWSB10' : false),
    }).on('connection', (socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        container.websocket_accept(socket, amqp);
    });
    server.listen(options.websockets, '127.0.0.1');
}
container.sasl_server_mechanisms.enable_anonymous();
// Clients whose tokens come over $cbs say so by a mechanism of their own; the official .NET client takes no other.
container.sasl_server_mechanisms.MSSBCBS = container.sasl_server_mechanisms.ANONYMOUS;

if (options.control) {
    http.createServer((request, response) => {
        const url = new URL(request.url, 'http://localhost');
        if (request.method === 'POST' && url.pathname === '/cut') {
            for (const connection of [...connections]) connection.socket?.destroy?.();
            for (const socket of [...sockets]) socket.terminate();
        }
        if (request.method === 'POST' && url.pathname === '/deaf')
            deafUntil = Date.now() + Number(url.searchParams.get('ms'));
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(namespace.counts()));
    }).listen(options.control, '127.0.0.1');
}
// Last: who sees this port open may use the others.
container.listen({ ...amqp, port: options.port, host: '127.0.0.1', ...(tls ? { transport: 'tls', ...tls } : {}) })
    .on('listening', () => console.log(`listening on ${options.port}`));
process.on('SIGTERM', () => process.exit(0));
