/** Set-up: the packages that package-lock.json names are installed. Quiet when they are. */
import fs from 'node:fs';
import { inProject, run } from './project.mjs';

export async function setUp() {
  if (isInstalled()) return;
  refuseLink(inProject('node_modules'));
  console.log('Installing the packages that package-lock.json names (npm ci); this takes about half a minute.');
  // No install scripts: nothing that we use needs its own, and a stranger's code need not run for it.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const { code, output } = npm ? await run(process.execPath, [npm, ...args]) : await run('npm', args);
  if (code === 0) return;
  console.error(`npm ci failed:\n${output}`);
  process.exit(1);
}

/** npm ci empties the folder first: through a link, a folder that belongs to something else. */
function refuseLink(folder) {
  if (!fs.lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  console.error(`${folder} is a link to ${fs.readlinkSync(folder)}, which npm ci would empty: remove the link, and start again.`);
  process.exit(1);
}

/** Does npm's own record of what it installed, written last, say what the lock file says? */
function isInstalled() {
  const record = inProject('node_modules/.package-lock.json');
  if (!fs.existsSync(record)) return false;
  const packagesOf = (file) => JSON.parse(fs.readFileSync(file, 'utf8')).packages;
  const installed = packagesOf(record);
  return Object.entries(packagesOf(inProject('package-lock.json')))
    .filter(([place]) => place !== '')
    .every(([place, { version, integrity, optional }]) => {
      const found = installed[place];
      return found ? found.version === version && found.integrity === integrity : optional;
    });
}
