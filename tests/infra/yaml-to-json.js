// YAML documents on stdin, one JSON array on stdout.
'use strict';
const yaml = require('js-yaml');
process.stdout.write(JSON.stringify(yaml.loadAll(require('fs').readFileSync(0, 'utf8')).filter((d) => d)));
