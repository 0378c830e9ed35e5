/**
 * Hostseal as real processes on one home and one database: the API forked as the supervisor forks it, a real edge beside it. An API
 * process can be told to die or to hang at a fault point (faulty-app.mjs).
 */
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { Handover, Told } from '../../src/platform/config/handover.js';
import { layoutOf, type HomeLayout } from '../../src/platform/config/home-layout.js';
import type { GraphqlAnswer } from './app.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import { startTestEdge, type TestEdge } from './edge.js';
import type { Ask } from './story.js';
import { waitFor } from './suite/wait-for.js';

const PROGRAM = path.join(import.meta.dirname, 'faulty-app.mjs');

/** What a process does to itself: at one fault point, or at every one that is not excepted. */
export type Fault = { readonly signal: 'SIGKILL' | 'SIGSTOP' | 'SIGTERM'; readonly at?: string; readonly except?: readonly string[] };

/** What outlives an API process. */
export class Machine {
  private readonly processes: ApiProcess[] = [];
  private spare?: ApiProcess;

  private constructor(
    readonly database: FreshDatabase,
    readonly edge: TestEdge,
    readonly layout: HomeLayout,
    private readonly variables: Readonly<Record<string, string>>,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<Machine> {
    const [database, edge] = [await freshDatabase(), await startTestEdge()];
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-home-'));
    const usual = layoutOf({ home, vaultKeyFile: undefined }, randomBytes(16).toString('hex'));
    const layout = { ...usual, edgeControlSocket: edge.control.controlSocket };
    for (const directory of [layout.logs, layout.run]) fs.mkdirSync(directory, { mode: 0o700 });
    const { address, httpPort, httpsPort } = edge.listeners[0]!;
    const own = { HOSTSEAL_HOME: home, HOSTSEAL_LISTEN: address, HOSTSEAL_HTTP_PORT: `${httpPort}`, HOSTSEAL_HTTPS_PORT: `${httpsPort}` };
    return new Machine(database, edge, layout, { ...own, HOSTSEAL_CLAIM_SECONDS: '1', ...env });
  }

  /** A process that has loaded its program and waits for `begin`: the next one can stand by while one still works. */
  standBy(): ApiProcess {
    const { spare } = this;
    this.spare = undefined;
    if (spare) return spare;
    const { variables, layout, database } = this;
    const api = new ApiProcess({ variables, cwd: layout.home, layout, databaseUrl: database.url });
    this.processes.push(api);
    return api;
  }

  /** It stood by in vain; the next story begins with it. */
  giveBack(api: ApiProcess): void {
    this.spare = api;
  }

  async run(fault?: Fault): Promise<ApiProcess> {
    const api = this.standBy();
    await api.begin(fault);
    return api;
  }

  async stop(): Promise<void> {
    for (const api of this.processes) await api.kill();
    await this.edge.stop();
    await this.database.drop();
    fs.rmSync(this.layout.home, { recursive: true, force: true });
  }
}

export class ApiProcess {
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;
  private readonly trace: string;
  private readonly ready: Promise<void>;

  constructor(private readonly handover: Handover) {
    this.trace = path.join(handover.layout.run, `trace-${randomBytes(6).toString('hex')}`);
    const output = fs.openSync(path.join(handover.layout.logs, 'api-output.log'), 'a', 0o600);
    this.child = fork(PROGRAM, {
      cwd: '/',
      // Two dozen processes load the same program.
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: path.resolve('node_modules/.cache/hostseal') },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', output, output, 'ipc'],
    });
    fs.closeSync(output);
    this.ended = once(this.child, 'exit').then(([code, signal]) => String(signal ?? code));
    this.ready = new Promise((resolve) => {
      this.child.on('message', (told: Told) => {
        if ('line' in told && told.line.startsWith('ready ')) resolve();
      });
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Hands over, and waits until it is ready or has met its fault on the way there. */
  async begin(fault?: Fault): Promise<void> {
    this.child.send({ trace: this.trace, fault });
    this.child.send(this.handover);
    await Promise.race([this.ready, this.ended]);
  }

  /** Names of the fault points that it has reached, in order. */
  reached(): readonly string[] {
    return fs.existsSync(this.trace) ? fs.readFileSync(this.trace, 'utf8').split('\n').filter(Boolean) : [];
  }

  /** Resolves when it has been stopped by SIGSTOP: state T of proc_pid_stat(5). */
  async isStopped(): Promise<void> {
    await waitFor('the process to hang', async () => /^State:\s+T/m.test(fs.readFileSync(`/proc/${this.pid}/status`, 'utf8')));
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** As the administrator. */
  readonly ask: Ask = (query, variables) => askAt(this.handover.layout, query, variables);
}

/** As the administrator, over the unix socket; fails where there are errors. */
export async function askAt(
  { adminTokenFile, apiSocket }: Pick<HomeLayout, 'adminTokenFile' | 'apiSocket'>,
  query: string,
  variables?: Record<string, unknown>,
): Promise<GraphqlAnswer['data']> {
  const token = fs.readFileSync(adminTokenFile, 'utf8').trim();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  // Not on a connection to a process that was there before.
  const request = http.request({ socketPath: apiSocket, method: 'POST', path: '/graphql', headers, agent: false });
  request.end(JSON.stringify({ query, variables }));
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const answer = JSON.parse(Buffer.concat(await response.toArray()).toString()) as GraphqlAnswer;
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}
