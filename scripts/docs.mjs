/**
 * `node scripts/docs.mjs`: writes what the documentation says about codes and variables, from the only lists of them.
 * `--check` writes nothing, and fails where something would change.
 */
import fs from 'node:fs';
import prettier from 'prettier';
import { inProject, onProjectNode } from './project.mjs';

await onProjectNode(import.meta.url);
await import('./typescript-sources.mjs');
const { CATALOGUE } = await import('../src/values/problems/catalogue.ts');
const { PROBLEM_CODES } = await import('../src/values/problems/codes.ts');
const { VARIABLES } = await import('../src/platform/config/variables.ts');

const check = process.argv[2] === '--check';

await update('docs/problems.md', problems);
await update('docs/operations.md', (text) =>
  text.replace(/(<!-- variables:.*-->\n)[^]*(<!-- end of variables -->)/, `$1\n${variables()}\n$2`),
);

async function update(name, change) {
  const file = inProject(name);
  const before = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  const style = await prettier.resolveConfig(file);
  const after = await prettier.format(change(before), { ...style, filepath: file });
  if (after === before) return;
  if (check) {
    console.error(`${name} does not say what the code says`);
    process.exitCode = 1;
  } else {
    fs.writeFileSync(file, after);
    console.log(`wrote ${name}`);
  }
}

function problems() {
  const entries = PROBLEM_CODES.map((code) => {
    const { title, message, remedy, whoActs, retryable } = CATALOGUE[code];
    const who = { ADMIN: 'the administrator', CA: 'the certificate authority', CALLER: 'the caller', HOSTSEAL: 'Hostseal' }[whoActs];
    const again = retryable ? 'The same request may succeed later.' : 'The same request fails again.';
    return `## ${code}\n\n${title}. ${message}\n\n${remedy} Who acts: ${who}. ${again}\n`;
  });
  return `# Problems\n\nEvery code that Hostseal answers with; \`{…}\` stands for a fact of the case. Written by scripts/docs.mjs.\n\n${entries.join('\n')}`;
}

function variables() {
  const rows = Object.entries(VARIABLES).map(
    ([name, { default: text, meaning }]) => `| \`${name}\` | ${text && `\`${text}\``} | ${meaning} |\n`,
  );
  return `| Variable | Default | Meaning |\n| --- | --- | --- |\n${rows.join('')}`;
}
