// Checks JSON on stdin against a JSON schema: schema.js SCHEMA.json. Prints what is wrong; exit code 1 when something is.
'use strict';
const fs = require('fs');
const Ajv = require('ajv');
const check = new Ajv({ allErrors: true, strictTypes: false }).compile(JSON.parse(fs.readFileSync(process.argv[2])));
const valid = check(JSON.parse(fs.readFileSync(0)));
(check.errors || []).forEach((e) => console.log(`${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`));
process.exit(valid ? 0 : 1);
