/** `npm run deep -- NAME`: one of the long tests, test/deep/NAME.deep.ts. Without a name it lists them. */
import fs from 'node:fs';
import { build } from './build.mjs';
import { inProject, projectNode, runHere } from './project.mjs';
import { setUp } from './setup.mjs';

const ENDING = '.deep.ts';
const [name, ...filter] = process.argv.slice(2);
const names = fs
  .readdirSync(inProject('test/deep'))
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length));
if (!names.includes(name)) {
  console.error(`npm run deep -- NAME, where NAME is ${names.join(' or ')}; what follows it is a part of the names of tests to run.`);
  process.exit(2);
}
await setUp();
await build();
const only = filter.length > 0 ? ['--testNamePattern', filter.join(' ')] : [];
const vitest = [
  inProject('node_modules/vitest/vitest.mjs'),
  'run',
  '--config',
  'vitest.deep.config.ts',
  `test/deep/${name}${ENDING}`,
  ...only,
];
process.chdir(inProject());
process.exit(await runHere(projectNode(), vitest));
