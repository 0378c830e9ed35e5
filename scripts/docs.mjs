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
const { CAUSES } = await import('../src/cores/tls/diagnosis/diagnosis.ts');
const { DIAGNOSES } = await import('../src/cores/tls/diagnosis/catalogue.ts');

const check = process.argv[2] === '--check';

await update('docs/problems.md', problems);
await update('docs/findings.md', findings);
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
  const sections = problemGroups().map(({ title, codes }) => `## ${title}\n\n${codes.map(describe).join('\n')}`);
  return `# Problems\n\nEvery code that Hostseal answers with; \`{…}\` stands for a fact of the case. Written by scripts/docs.mjs.\n\n${sections.join('\n')}`;
}

function findings() {
  const entries = CAUSES.map((cause) => {
    const { title, explanation, remedy } = DIAGNOSES[cause];
    const remedies =
      typeof remedy === 'string'
        ? remedy
        : Object.entries(remedy)
            .map(([who, text]) => `- ${who}: ${text}`)
            .join('\n');
    return `## ${cause}\n\n**${title}.** ${explanation}\n\n${remedies}\n`;
  });
  return `# Findings\n\nEverything that a check of a server may find; \`{…}\` stands for a fact of the case, and one remedy or another is told by who has to act. Written by scripts/docs.mjs.\n\n${entries.join('\n')}`;
}

/** The comments in the list of codes are its headings. */
function problemGroups() {
  const list = fs.readFileSync(inProject('src/values/problems/codes.ts'), 'utf8');
  const groups = [];
  for (const [, comment, code] of list.matchAll(/^ {2}(?:\/\/ (.+)|'(\w+)',)$/gm)) {
    if (comment) groups.push({ title: comment[0].toUpperCase() + comment.slice(1), codes: [] });
    else groups.at(-1).codes.push(code);
  }
  if (groups.flatMap(({ codes }) => codes).join() !== PROBLEM_CODES.join())
    throw new Error('codes.ts is not a list of codes under comments');
  return groups;
}

function describe(code) {
  const { title, message, remedy, whoActs, retryable } = CATALOGUE[code];
  const who = { ADMIN: 'the administrator', CA: 'the certificate authority', CALLER: 'the caller', HOSTSEAL: 'Hostseal' }[whoActs];
  const again = retryable ? 'may succeed later' : 'fails again';
  return `### ${code}\n\n**${title}.** ${message}\n\n${remedy}\n\nWho acts: ${who}. The same request ${again}.\n`;
}

function variables() {
  const rows = Object.entries(VARIABLES).map(
    ([name, { default: text, meaning }]) => `| \`${name}\` | ${text && `\`${text}\``} | ${meaning} |\n`,
  );
  return `| Variable | Default | Meaning |\n| --- | --- | --- |\n${rows.join('')}`;
}
