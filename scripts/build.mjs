/** `npm run build`: the Prisma client and dist/, each only when what it is made from has changed. Quiet when nothing is to do. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesBelow, inProject, runTool } from './project.mjs';
import { setUp } from './setup.mjs';

const GENERATED = inProject('src/platform/database/generated');

export async function build() {
  await generateClient();
  await compile();
}

export async function generateClient() {
  const schema = [...filesBelow(inProject('prisma'), (file) => file.includes('/migrations')), inProject('prisma.config.ts')];
  await makeWhenChanged(path.join(GENERATED, '.made-from'), [...schema, inProject('package-lock.json')], async () => {
    await make('Generating the Prisma client.', 'prisma/build/index.js', ['generate']);
  });
}

/** `src/` with the client to `dist/`. */
export async function compile() {
  const sources = filesBelow(inProject('src'), (file) => file === GENERATED);
  const shipped = [...filesBelow(inProject('prisma')), ...filesBelow(inProject('scripts')), inProject('tsconfig.json')];
  const settings = [inProject('tsconfig.build.json'), inProject('prisma.config.ts'), inProject('package-lock.json')];
  await makeWhenChanged(inProject('dist/.made-from'), [...sources, ...shipped, ...settings], async () => {
    await make('Compiling src/ to dist/.', 'typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
    removeOrphans();
    await bundleCommand();
  });
}

/**
 * The command line in a dozen files: to find and read the three hundred that it is made of takes longer than a check. What a check needs is in two;
 * they are CommonJS, of which Node loads the same code in half of the time.
 */
async function bundleCommand() {
  const { rolldown } = await import('rolldown');
  fs.rmSync(inProject('dist/command'), { recursive: true, force: true });
  const bundle = await rolldown({ input: inProject('dist/cli/main.js'), cwd: inProject(), platform: 'node', logLevel: 'warn' });
  const groups = [
    { name: 'main', test: /dist[\\/]cli[\\/]main\.js$/, priority: 2 },
    { name: 'check', test: /dist[\\/]cli[\\/]check[\\/]check\.js$/, priority: 1 },
  ];
  const names = { entryFileNames: '[name].cjs', chunkFileNames: '[name].cjs' };
  await bundle.write({ dir: inProject('dist/command'), format: 'cjs', ...names, codeSplitting: { groups } });
  await bundle.close();
}

/** The stamp is the content's hash: a file's time says nothing after a checkout. dist/.made-from also names this build for the supervisor. */
async function makeWhenChanged(stamp, files, work) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(fs.readFileSync(file)).update('\0');
  const digest = hash.digest('hex');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === digest) return;
  await work();
  fs.writeFileSync(stamp, digest);
}

async function make(what, tool, args) {
  console.log(what);
  const { code, output } = await runTool(tool, args);
  if (code === 0) return;
  console.error(output);
  process.exit(1);
}

/** tsc leaves behind what it made of a source that is gone; the supervisor or Nest might still load it. */
function removeOrphans() {
  for (const file of filesBelow(inProject('dist')).filter((made) => /\.js(\.map)?$/.test(made))) {
    const source = inProject('src', path.relative(inProject('dist'), file).replace(/\.js(\.map)?$/, '.ts'));
    if (!fs.existsSync(source)) fs.rmSync(file);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await setUp();
  await build();
}
