/** Where the project is, and how its programs are run. Node's builtins only, and Node 20: it runs before anything is installed. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const project = path.resolve(fileURLToPath(import.meta.url), '../..');
export const inProject = (...parts) => path.join(project, ...parts);

/** The Node that package-lock.json pins (the machine's own may lack TLS groups, or type stripping); the machine's where that has none. */
export function projectNode() {
  const pinned = inProject('node_modules/.bin/node');
  return fs.existsSync(pinned) ? pinned : process.execPath;
}

/** Restarts a script on the project's Node, where it runs on another. */
export async function onProjectNode(script) {
  const node = projectNode();
  if (fs.realpathSync(node) === fs.realpathSync(process.execPath)) return;
  process.exit(await runHere(node, [fileURLToPath(script), ...process.argv.slice(2)]));
}

/** Runs a program in our place: its terminal is ours, it gets our signals, its exit code is returned (128 + n for a signal). */
export function runHere(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.once('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal]));
  });
}

/** Runs a program to its end in the project's folder: `{ code, stdout, output }`, the last with both outputs together. */
export function run(program, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: project, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, output] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => ((stdout += text), (output += text)));
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', (error) => resolve({ code: 127, stdout, output: `${program}: ${error.message}` }));
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, output }));
  });
}

/** One of the installed packages' programs, on the project's Node; so is what it starts as `node` (Prisma its engine). */
export function runTool(entry, args, env) {
  const PATH = `${path.dirname(projectNode())}:${process.env.PATH}`;
  return run(projectNode(), [inProject('node_modules', entry), ...args], { ...env, PATH });
}

/** Every file below a folder, sorted, without those that `skip` names. */
export function filesBelow(dir, skip = () => false) {
  return fs
    .readdirSync(dir, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => [path.join(dir, entry.name), entry.isDirectory()])
    .filter(([file]) => !skip(file))
    .flatMap(([file, isFolder]) => (isFolder ? filesBelow(file, skip) : [file]));
}
