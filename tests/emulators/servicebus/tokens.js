'use strict';
const crypto = require('crypto');

/** Null when the shared access signature is valid, else the reason. */
function verifySas(token, keyName, key) {
    if (!token.startsWith('SharedAccessSignature ')) return 'MalformedToken: no shared access signature';
    const parts = Object.fromEntries(token.slice('SharedAccessSignature '.length).split('&').map((p) => {
        const at = p.indexOf('=');
        return [p.slice(0, at), p.slice(at + 1)];
    }));
    if (decodeURIComponent(parts.skn ?? '') !== keyName) return 'InvalidSignature: unknown key name';
    if (Number(parts.se) * 1000 < Date.now()) return 'ExpiredToken: the token has expired';
    const expected = crypto.createHmac('sha256', key).update(`${parts.sr}\n${parts.se}`).digest('base64');
    return decodeURIComponent(parts.sig ?? '') === expected ? null : 'InvalidSignature: the token has an invalid signature';
}

module.exports = { verifySas };
