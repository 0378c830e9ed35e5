/**
 * `npm test`: set-up, build, every check of the code, every test. Each check counts as one; the last line is
 * `N passed, N failed` over all of it. With arguments only those tests run: `npm test -- test/core`.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { compile, generateClient } from './build.mjs';
import { inProject, projectNode, run, runTool } from './project.mjs';
import { setUp } from './setup.mjs';

const BOUNDARIES = ['--config', '.ci/boundaries.cjs', 'src', 'test', 'demo'];
/** Name, what runs it, and what to do when it fails. */
const CHECKS = [
  ['lint', () => runTool('eslint/bin/eslint.js', ['.']), 'npx eslint . --fix'],
  ['types', () => runTool('typescript/bin/tsc', ['-p', '.']), 'correct them'],
  ['import rules', () => built.then(() => runTool('dependency-cruiser/bin/dependency-cruiser.mjs', BOUNDARIES)), 'read .ci/boundaries.cjs'],
  ['format', () => runTool('prettier/bin/prettier.cjs', ['--check', '.']), 'npm run format'],
  ['migrations', () => runScript('migrate.mjs', '--check'), 'npm run migrate -- NAME'],
  ['GraphQL schema', () => built.then(() => runScript('schema.mjs', '--check')), 'node scripts/schema.mjs'],
  ['generated docs', () => runScript('docs.mjs', '--check'), 'node scripts/docs.mjs'],
];

const only = process.argv.slice(2);
// Ours to outlive: each child gets the same Ctrl-C, ends, and is counted.
process.on('SIGINT', () => (process.exitCode = 130));

await setUp();
await generateClient();
// Side by side: the compiler and most checks take one core each, and the tests wait for servers and processes for much of their time.
const built = compile();
const [checks, tests] = await Promise.all([
  only.length > 0 ? { passed: 0, failed: 0 } : runChecks(),
  Promise.all([built, layDownParts()]).then(runTests),
]);
if (only.length > 0) console.log(`Only ${only.join(' ')}: the ${CHECKS.length} checks and the other tests were not run.`);
const failed = checks.failed + tests.failed;
process.exitCode ||= failed > 0 ? 1 : 0;
console.log(`${checks.passed + tests.passed} passed, ${failed} failed`);

/** The real parts: what cannot be had is named here, and its tests are red. */
async function layDownParts() {
  const { output } = await run('sh', [inProject('test/parts.sh')]);
  if (output !== '') console.log(output.trimEnd());
}

async function runChecks() {
  const count = { passed: 0, failed: 0 };
  for (const [name, start, remedy] of CHECKS) {
    const { code, output } = await start();
    count[code === 0 ? 'passed' : 'failed']++;
    console.log(code === 0 ? `✓ ${name}` : `✗ ${name}: ${remedy}\n${output.trimEnd()}`);
  }
  return count;
}

/** On the project's Node, from the project's folder. */
function runScript(name, ...args) {
  return fs.existsSync(inProject('scripts', name))
    ? runTool(`../scripts/${name}`, args)
    : { code: 1, output: `scripts/${name} is not there` };
}

/** Shown as they run; test/support/suite/counts-reporter.ts writes the counts as the last line, which is taken in here. */
function runTests() {
  return new Promise((resolve) => {
    const args = [inProject('node_modules/vitest/vitest.mjs'), 'run', ...only];
    const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
    const vitest = spawn(projectNode(), args, {
      cwd: inProject(),
      env: { ...process.env, ...color },
      stdio: ['inherit', 'pipe', 'inherit'],
    });
    process.on('SIGTERM', () => vitest.kill('SIGTERM'));
    let rest = '';
    let counts;
    vitest.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        const found = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line);
        counts = found ?? counts;
        if (!found || found[3]) console.log(line);
      }
    });
    vitest.once('close', (code) => {
      if (!counts) console.log(`vitest ended without its counts (exit code ${code})`);
      const [passed, failed] = counts ? [Number(counts[1]), Number(counts[2])] : [0, 0];
      // No counts, no tests found, a failure outside of any test: whatever vitest does not call a success is none.
      resolve({ passed, failed: failed === 0 && code !== 0 ? 1 : failed });
    });
  });
}
