// Checks Kubernetes manifests (YAML on stdin) against the schemas of Kubernetes and KEDA, and against their types, which
// know no other keys than those there are: validate.js. Prints each problem; exit code 1 when there is one.
'use strict';
const fs = require('fs');
const os = require('os');
const path = require('path');
const yaml = require('js-yaml');
const { pathToFileURL } = require('url');
const ts = require('typescript');

const modules = process.env.NODE_PATH;
const documents = yaml.loadAll(fs.readFileSync(0, 'utf8')).filter((d) => d);
const problems = [];
const lines = [];
const check = async (document, i) => {
  const name = `${document.kind} ${document.metadata && document.metadata.name}`;
  const library = document.apiVersion.startsWith('keda.sh/') ? '@kubernetes-models/keda' : 'kubernetes-models';
  const file = `${library}/${document.apiVersion}/${document.kind}`;
  try {
    const model = await import(pathToFileURL(path.join(modules, file + '.js')));
    new model[document.kind](document).validate();
  } catch (e) {
    problems.push(`${name}: ${e.message}`);
  }
  lines.push(`import type { I${document.kind} as T${i} } from '${file}';`);
  lines.push(`export const m${i}: T${i} = ${JSON.stringify(document)};`);
};

(async () => {
  await Promise.all(documents.map(check));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'vfi-manifests-'));
  fs.symlinkSync(modules, path.join(folder, 'node_modules'));
  const source = path.join(folder, 'manifests.ts');
  fs.writeFileSync(source, lines.join('\n'));
  const program = ts.createProgram([source], { noEmit: true, strict: true, skipLibCheck: true, moduleResolution: ts.ModuleResolutionKind.Node10, target: ts.ScriptTarget.ES2020, types: [] });
  for (const d of ts.getPreEmitDiagnostics(program)) problems.push(ts.flattenDiagnosticMessageText(d.messageText, '\n'));
  fs.rmSync(folder, { recursive: true });
  problems.forEach((p) => console.log(p));
  console.log(`${documents.length} manifests`);
  process.exit(problems.length ? 1 : 0);
})();
