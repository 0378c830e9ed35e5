/** `npm run deep -- NAME` and `npm run bench -- NAME`: one of the long runs of a folder, on a fresh build. Without a name it lists them. */
import fs from 'node:fs';
import { build } from './build.mjs';
import { inProject, projectNode, runHere } from './project.mjs';
import { setUp } from './setup.mjs';

const [folder, ending, name, ...pattern] = process.argv.slice(2);
const names = fs
  .readdirSync(inProject(folder))
  .filter((file) => file.endsWith(ending))
  .map((file) => file.slice(0, -ending.length));
if (!names.includes(name)) {
  console.error(`Give one of these names: ${names.join(', ')}. Words after it choose those of its runs that have them in their title.`);
  process.exit(2);
}
await setUp();
await build();
const only = pattern.length > 0 ? ['--testNamePattern', pattern.join(' ')] : [];
const run = ['run', '--config', 'vitest.long.config.ts', `${folder}/${name}${ending}`, ...only];
process.chdir(inProject());
process.exit(await runHere(projectNode(), [inProject('node_modules/vitest/vitest.mjs'), ...run]));
