/**
 * The application over several real edges, which the API knows as servers of their own, and an HAProxy that is a table: whom it leads to. Each edge
 * can be told to lie.
 */
import { X509Certificate } from 'node:crypto';
import type { Installers, ServerInstaller, TakesOut } from '../../src/adapters/installers/installer.js';
import { EmbeddedEdgeInstaller } from '../../src/adapters/installers/embedded-edge/embedded-edge.installer.js';
import { ISSUERS, type Issuer } from '../../src/adapters/issuers/issuer.js';
import { Jobs } from '../../src/platform/jobs/jobs.service.js';
import type { JobName } from '../../src/platform/jobs/queue.js';
import type { Duration } from '../../src/values/instant.js';
import { ok, unwrap } from '../../src/values/result.js';
import { idOf, mutate, type Arguments, type MutationName, type Outcome } from '../api/every-mutation.js';
import { startTestApp, TestClock, type TestApp, type TestAppOptions } from './app.js';
import { startTestEdge, type TestEdge } from './edge.js';
import { lying, type Lies } from './lying.js';
import { addDomain, createSite, orderIs, placeOrder } from './story.js';
import { waitFor } from './suite/wait-for.js';
import { Watch } from './tls/watch.js';

export type Node = { readonly id: string; readonly edge: TestEdge; readonly lies: Lies<ServerInstaller> };
export type Row = {
  readonly serverId: string;
  readonly address: string;
  readonly name: string;
  readonly state: string;
  readonly wanted: { fingerprint: string; serial: string } | null;
  readonly shown: { fingerprint: string; since: string } | null;
  readonly problem: { code: string } | null;
};

export class Fleet {
  private constructor(
    readonly app: TestApp,
    /** The first is the edge of the panel. */
    readonly nodes: readonly Node[],
    readonly haproxy: { readonly id: string; readonly told: string[] },
    private readonly rootPem: string,
  ) {}

  /** With so many edges. */
  static async start(count: number, options: TestAppOptions = {}): Promise<Fleet> {
    const edges = await Promise.all(Array.from({ length: count }, () => startTestEdge()));
    const clock = new TestClock();
    const lies = edges.map((): Lies<ServerInstaller> => ({}));
    const told: string[] = [];
    const haproxy = { id: '', told };
    const installers = (usual: Installers): Installers => ({
      drives: () => true,
      through: (host, server) => usual.through(host, server),
      of: (server) => {
        if (server.kind === 'HAPROXY') return ok(asTable(haproxy));
        const at = /^edge-(\d)$/.exec(server.nameOnHost)?.[1] ?? (server.nameOnHost === 'edge' ? '0' : undefined);
        const edge = edges[Number(at)];
        if (at === undefined || !edge) return usual.of(server);
        const real = new EmbeddedEdgeInstaller({ ...edge.control, clock, serverName: server.id });
        return ok(lying<ServerInstaller>(real, lies[Number(at)]!));
      },
    });
    const app = await startTestApp({
      edge: edges[0]!,
      clock,
      installers,
      ...options,
      env: { HOSTSEAL_ALLOW_ADDRESSES: '127.0.0.1,127.0.0.2', ...options.env },
    });
    const register = async (input: Arguments) => idOf(await mutate(app, app.adminToken, 'registerServer', { input }));
    const [{ id: first }] = (await app.asAdmin('{ servers(first: 1) { nodes { id } } }')).servers.nodes as [{ id: string }];
    const nodes: Node[] = [{ id: first, edge: edges[0]!, lies: lies[0]! }];
    for (const [index, edge] of edges.entries()) {
      if (index === 0) continue;
      const id = await register({ name: `edge-${index}`, kind: 'EMBEDDED_EDGE', nameOnHost: `edge-${index}` });
      const { address: ip, httpPort, httpsPort } = edge.listeners[0]!;
      idOf(await mutate(app, app.adminToken, 'addAddress', { input: { serverId: id, ip, httpPort, httpsPort } }));
      nodes.push({ id, edge, lies: lies[index]! });
    }
    haproxy.id = await register({ name: 'front', kind: 'HAPROXY' });
    await addDomain(app.asAdmin);
    const [ca] = app.nest.get<readonly Issuer[]>(ISSUERS);
    const [root] = unwrap(await ca!.trustAnchors());
    return new Fleet(app, nodes, haproxy, new X509Certificate(root!).toString());
  }

  do(name: MutationName, args: Arguments): Promise<Outcome> {
    return mutate(this.app, this.app.adminToken, name, args);
  }

  /** Its id; these are its members. */
  async pool(members: readonly Node[], front?: string): Promise<string> {
    const input = { name: 'pool', ...(front !== undefined && { frontServerId: this.haproxy.id, frontBackend: front }) };
    const poolId = idOf(await this.do('createPool', { input }));
    for (const { id: serverId } of members) idOf(await this.do('joinPool', { serverId, poolId }));
    return poolId;
  }

  /** With its home there; its certificate is issued. */
  async site(name: string, home: Node): Promise<{ id: string; name: string; fingerprint: string }> {
    const id = await createSite(this.app.asAdmin, name, home.id);
    return { id, name, fingerprint: await this.order(id) };
  }

  /** The fingerprint of what was issued. */
  async order(siteId: string): Promise<string> {
    return (await orderIs(this.app.asAdmin, await placeOrder(this.app.asAdmin, siteId), 'ISSUED')).certificate!.fingerprint;
  }

  async convergence(siteId: string): Promise<readonly Row[]> {
    const query = `query ($id: ID!) { site(id: $id) { convergence { serverId address name state wanted { fingerprint serial }
      shown { fingerprint since } problem { code } } } }`;
    return (await this.app.asAdmin(query, { id: siteId })).site.convergence as Row[];
  }

  /** Resolves when these, and no others, show it. */
  async isShownBy(siteId: string, nodes: readonly Node[], fingerprint: string): Promise<void> {
    const wanted = new Set(nodes.map(({ id }) => id));
    await waitFor('all to have converged', async () => {
      const rows = await this.convergence(siteId);
      const there = new Set(rows.map(({ serverId }) => serverId));
      const same = there.size === wanted.size && [...there].every((id) => wanted.has(id));
      if (same && rows.every(({ state, shown }) => state === 'CONVERGED' && shown?.fingerprint === fingerprint)) return true;
      throw new Error(JSON.stringify(rows));
    });
  }

  /** A stranger that begins to look at one node. */
  watch({ edge }: Node, name: string): Watch {
    const { address, httpsPort: port } = edge.listeners[0]!;
    return new Watch({ address, port }, name, this.rootPem, 10);
  }

  wake(job: JobName, id = 'all'): Promise<void> {
    return this.app.nest.get(Jobs).send(job, { id });
  }

  async pass(span: Duration, job: JobName): Promise<void> {
    this.app.clock.advance(span);
    await this.wake(job);
  }

  async stop(): Promise<void> {
    await this.app.close();
    for (const { edge } of this.nodes) await edge.stop();
  }
}

/** What is asked of it is written down; nothing else can be asked. */
function asTable(haproxy: Fleet['haproxy']): ServerInstaller {
  const tell =
    (what: 'takeOut' | 'putBack'): TakesOut['takeOut'] =>
    (backend, member) => {
      haproxy.told.push(`${what} ${backend} ${member}`);
      return Promise.resolve(ok(undefined));
    };
  return { takeOut: tell('takeOut'), putBack: tell('putBack') } as unknown as ServerInstaller;
}
