/** `npm start` as a person meets it: the built program, real processes, its lines and its exit codes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SUPERVISOR = path.resolve('dist/supervisor/main.js');

describe('npm start', { timeout: 120_000 }, () => {
  let home: string;
  let ports: { http: number; https: number };
  const runs: Run[] = [];

  beforeEach(async () => {
    home = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-')), 'home');
    fs.chmodSync(path.dirname(home), 0o755);
    ports = { http: await freePort(), https: await freePort() };
  });
  afterEach(async () => {
    for (const run of runs.splice(0)) await run.end();
    // A test that killed the supervisor has left its services to the next start.
    if (fs.existsSync(home)) await start().end();
    runs.length = 0;
    fs.rmSync(path.dirname(home), { recursive: true, force: true });
  });

  const start = (env: Record<string, string> = {}): Run => {
    const own = { HOSTSEAL_HOME: home, HOSTSEAL_HTTP_PORT: String(ports.http), HOSTSEAL_HTTPS_PORT: String(ports.https) };
    const run = new Run({ PATH: process.env['PATH'] ?? '', ...own, ...env });
    runs.push(run);
    return run;
  };

  it('gets ready, and stops with everything that it started when it is asked to', async () => {
    const run = start();
    await run.says(/^ready https:\/\//);
    const children = processesOf(home);
    expect(children.length).toBeGreaterThanOrEqual(2); // PostgreSQL and the edge name the home on their command lines
    run.signal('SIGTERM');
    expect(await run.exitCode).toBe(0);
    expect(processesOf(home)).toEqual([]);
  });

  it('refuses a second copy on the same data, and leaves the first alone', async () => {
    const first = start();
    await first.says(/^ready /);
    const second = start();
    expect(await second.exitCode).toBe(3);
    expect(second.lines).toEqual([expect.stringMatching(/^Another copy \(process \d+\) runs on .*\[ALREADY_RUNNING\]$/)]);
    expect(first.child.exitCode).toBeNull();
  });

  it('names a port that is in use, and leaves nothing running', async () => {
    const other = net.createServer().listen(ports.https, '127.0.0.1');
    await once(other, 'listening');
    try {
      const run = start();
      expect(await run.exitCode).toBe(4);
      expect(run.lines.at(-1)).toMatch(new RegExp(`port ${ports.https} is in use.*HOSTSEAL_HTTPS_PORT.*\\[PORT_IN_USE\\]$`));
      expect(processesOf(home)).toEqual([]);
    } finally {
      other.close();
    }
  });

  it('says every thing that is wrong with the configuration, a line each, and touches nothing', async () => {
    const run = start({ HOSTSEAL_ROLE: 'everything', HOSTSEAL_HOSTNAMES: 'a.test' });
    expect(await run.exitCode).toBe(2);
    expect(run.lines).toEqual([
      expect.stringMatching(/^HOSTSEAL_HOSTNAMES: .*did you mean HOSTSEAL_HOSTNAME\?.*\[CONFIG_INVALID\]$/),
      expect.stringMatching(/^HOSTSEAL_ROLE: "everything" is none of all, api, worker.*\[CONFIG_INVALID\]$/),
    ]);
    expect(fs.existsSync(home)).toBe(false);
  });

  it('adopts PostgreSQL and the edge after a kill -9 of the supervisor, and the API stops by itself', async () => {
    const first = start();
    await first.says(/^ready /);
    const before = processesOf(home);
    first.signal('SIGKILL');
    await first.exitCode;
    const second = start();
    await second.says(/^ready /);
    expect(processesOf(home)).toEqual(before);
  });
});

/** Pids whose command line names the home, sorted; back-ends of PostgreSQL do not. */
function processesOf(home: string): number[] {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const commandOf = (pid: string) => {
    try {
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return ''; // it has just ended
    }
  };
  return pids.filter((pid) => commandOf(pid).includes(home)).map(Number);
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

class Run {
  readonly lines: string[] = [];
  readonly exitCode: Promise<number | null>;
  readonly child: ChildProcess;
  #heard: () => void = () => undefined;

  constructor(env: Record<string, string>) {
    this.child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SUPERVISOR], { env, stdio: ['ignore', 'pipe', 'pipe'] });
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

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async end(): Promise<void> {
    this.signal('SIGTERM');
    await this.exitCode;
  }
}
