/** `npm run demo`: set-up, the real parts, build, then demo/main.ts on the project's own Node, in our place. */
import { build } from './build.mjs';
import { inProject, projectNode, run, runHere } from './project.mjs';
import { setUp } from './setup.mjs';

await setUp();
const parts = await run('sh', [inProject('test/parts.sh'), 'nginx']);
if (parts.output !== '') console.log(parts.output.trimEnd());
if (parts.code !== 0) process.exit(1);
await build();
process.chdir(inProject());
const flags = [
  '--experimental-transform-types',
  '--disable-warning=ExperimentalWarning',
  '--import',
  inProject('scripts/typescript-sources.mjs'),
];
process.exit(await runHere(projectNode(), [...flags, inProject('demo/main.ts')]));
