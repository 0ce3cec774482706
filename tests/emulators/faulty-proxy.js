// A proxy in front of Azurite that fails on request: node faulty-proxy.js PORT TARGETPORT
// POST /__mode/ok | /__mode/503 | /__mode/403 (creates no containers) | /__mode/half (of answers to GET, which break off when the mode changes) |
//      /__mode/lost (answers to PUT that succeeded, but for blocks) | /__mode/N (N bytes a second for response bodies); GET /__refused counts what was refused, halved or lost.
'use strict';
const http = require('http');
const [port, target] = process.argv.slice(2).map(Number);
let mode = 'ok';
let refused = 0;
let halved = [];

http.createServer((request, response) => {
    if (request.url.startsWith('/__mode/')) {
        mode = request.url.slice('/__mode/'.length);
        response.end(mode);
        halved.forEach(({ half, socket }) => half.end(() => socket.destroy()));
        halved = [];
        return;
    }
    if (request.url === '/__refused') {
        response.end(String(refused));
        return;
    }
    if (mode === '503') {
        refused++;
        request.resume();
        response.writeHead(503, { 'x-ms-error-code': 'ServerBusy' });
        response.end();
        return;
    }
    if (mode === '403' && request.method === 'PUT' && new URL(request.url, 'http://localhost').searchParams.get('restype') === 'container') {
        refused++;
        request.resume();
        response.writeHead(403, { 'x-ms-error-code': 'AuthorizationPermissionMismatch' });
        response.end();
        return;
    }
    // The signature covers the host, so it stays as it is.
    const onward = http.request({ host: '127.0.0.1', port: target, method: request.method, path: request.url, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        if (mode === 'lost' && request.method === 'PUT' && answer.statusCode < 300 && new URL(request.url, 'http://localhost').searchParams.get('comp') !== 'block') {
            refused++;
            answer.resume();
            request.socket.destroy();
            return;
        }
        if (mode === 'half' && request.method === 'GET') {
            answer.once('data', (chunk) => {
                refused++;
                response.write(chunk.subarray(0, chunk.length / 2));
                halved.push({ half: response, socket: response.socket });
            });
            return;
        }
        const rate = mode === '403' ? 0 : Number(mode);
        if (!(rate > 0) || request.method !== 'GET') {
            answer.pipe(response);
            return;
        }
        answer.on('data', (chunk) => {
            response.write(chunk);
            answer.pause();
            setTimeout(() => answer.resume(), (1000 * chunk.length) / rate);
        });
        answer.on('end', () => response.end());
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
}).listen(port, '127.0.0.1');
