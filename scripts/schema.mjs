/**
 * `node scripts/schema.mjs`: writes schema.graphql, the API's contract, from the resolvers. `--check` writes nothing, and fails where
 * something would change: a change of the API is seen in review, and noted in CHANGELOG.md.
 */
import fs from 'node:fs';
import { build } from './build.mjs';
import { inProject, projectNode, run } from './project.mjs';

const check = process.argv[2] === '--check';
const file = inProject('schema.graphql');

await build();
const { code, stdout, output } = await run(projectNode(), [inProject('dist/print-schema.js')]);
if (code !== 0) {
  console.error(output);
  process.exit(1);
}
const before = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
const after = `# Written by scripts/schema.mjs from the resolvers.\n\n${stdout}`;
if (after === before) process.exit(0);
if (check) {
  console.error(`schema.graphql does not say what the resolvers say:\n${firstDifference(before, after)}`);
  process.exit(1);
}
fs.writeFileSync(file, after);
console.log('wrote schema.graphql');

function firstDifference(before, after) {
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  const line = fresh.findIndex((text, index) => text !== old[index]);
  return `line ${line + 1}\n- ${old[line] ?? ''}\n+ ${fresh[line]}`;
}
