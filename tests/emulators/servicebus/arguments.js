'use strict';

/** Reads the command line; throws on what it does not know. */
function parseArguments(args) {
    const options = { port: 5672, keyName: 'RootManageSharedAccessKey', key: 'SAS_KEY_VALUE', jwt: 'test-token', queues: [], state: null, control: 0, websockets: 0, certificate: null, certificateKey: null };
    for (let i = 0; i < args.length; i += 2) {
        const value = args[i + 1];
        switch (args[i]) {
            case '--port': options.port = Number(value); break;
            case '--control': options.control = Number(value); break;
            case '--websockets': options.websockets = Number(value); break;
            case '--certificate': options.certificate = value; break;
            case '--certificate-key': options.certificateKey = value; break;
            case '--key': options.key = value; break;
            case '--jwt': options.jwt = value; break;
            case '--state': options.state = value; break;
            case '--queue': options.queues.push(parseQueue(value)); break;
            default: throw new Error(`unknown argument ${args[i]}`);
        }
    }
    return options;
}

/** name[:lock=SECONDS,max=DELIVERIES,unique=SECONDS] */
function parseQueue(text) {
    const [name, settings = ''] = text.split(':');
    const queue = { name, lockMs: 60000, maxDeliveries: 10, uniqueMs: 0 };
    for (const setting of settings.split(',').filter(Boolean)) {
        const [key, value] = setting.split('=');
        if (key === 'lock') queue.lockMs = Number(value) * 1000;
        else if (key === 'max') queue.maxDeliveries = Number(value);
        else if (key === 'unique') queue.uniqueMs = Number(value) * 1000;
        else throw new Error(`unknown queue setting ${key}`);
    }
    return queue;
}

module.exports = { parseArguments };
