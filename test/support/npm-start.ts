/** `npm start` as a person meets it: the built program, real processes, in a home of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from './suite/free-port.js';

const SUPERVISOR = path.resolve('dist/supervisor/main.js');

/** A home that nothing was started in, and what is started there. */
export class NewHome {
  private readonly runs: Run[] = [];

  private constructor(
    readonly home: string,
    readonly ports: { readonly http: number; readonly https: number },
  ) {}

  static async make(): Promise<NewHome> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-'));
    fs.chmodSync(folder, 0o755);
    return new NewHome(path.join(folder, 'home'), { http: await freePort(), https: await freePort() });
  }

  /** `output`: a file for what it says, in place of `lines`. */
  start(env: Readonly<Record<string, string>> = {}, output?: number): Run {
    const { home, ports } = this;
    const own = { HOSTSEAL_HOME: home, HOSTSEAL_HTTP_PORT: String(ports.http), HOSTSEAL_HTTPS_PORT: String(ports.https) };
    const run = new Run({ PATH: process.env['PATH'] ?? '', ...own, ...env }, output);
    this.runs.push(run);
    return run;
  }

  /** Pids whose command line names the home, sorted; back-ends of PostgreSQL do not. */
  processes(): number[] {
    const pids = fs.readdirSync('/proc').map(Number).filter(Number.isInteger);
    return pids.filter((pid) => commandOf(pid).includes(this.home));
  }

  api(): number {
    return Number(fs.readFileSync(path.join(this.home, 'run/api.pid'), 'utf8'));
  }

  edge(): number {
    return this.processes().find((pid) => commandOf(pid).includes('edge.main.js'))!;
  }

  async remove(): Promise<void> {
    for (const run of this.runs.splice(0)) await run.end();
    // A test that killed the supervisor has left its services to the next start.
    if (fs.existsSync(this.home)) await this.start().end();
    // One that was stopped at once may not have come to them.
    for (const pid of this.processes()) process.kill(pid, 'SIGKILL');
    fs.rmSync(path.dirname(this.home), { recursive: true, force: true });
  }
}

function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}

export class Run {
  readonly lines: string[] = [];
  readonly exitCode: Promise<number | null>;
  readonly child: ChildProcess;
  #heard: () => void = () => undefined;

  constructor(env: Record<string, string>, output: number | 'pipe' = 'pipe') {
    const stdio = ['ignore', output, output] as const;
    this.child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SUPERVISOR], { env, stdio: [...stdio] });
    for (const output of [this.child.stdout, this.child.stderr]) {
      let rest = '';
      output?.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        this.lines.push(...lines);
        this.#heard();
      });
    }
    this.exitCode = once(this.child, 'close').then(([code]) => code as number | null);
    void this.exitCode.then(() => this.#heard());
  }

  /** Resolves with the line; rejects where the program ends without it. */
  says(wanted: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#heard = () => {
        const line = this.lines.find((said) => wanted.test(said));
        if (line !== undefined) resolve(line);
        else if (this.child.exitCode !== null) reject(new Error(`it ended, and said:\n${this.lines.join('\n')}`));
      };
      this.#heard();
    });
  }

  /** From here on `says` means what is said from here on. */
  forget(): void {
    this.lines.length = 0;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async end(): Promise<void> {
    this.signal('SIGTERM');
    await this.exitCode;
  }
}
