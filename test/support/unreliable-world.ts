/** The application with its own jobs over a real edge and the local CA, both of which can be told to lie. */
import { X509Certificate } from 'node:crypto';
import type { ChallengeResponder, Installer, Rehearses } from '../../src/adapters/installers/installer.js';
import { EmbeddedEdgeInstaller } from '../../src/adapters/installers/embedded-edge/embedded-edge.installer.js';
import type { Issuer } from '../../src/adapters/issuers/issuer.js';
import { ISSUERS } from '../../src/adapters/issuers/issuer.js';
import { PanelProof } from '../../src/panel-proof.js';
import { PanelSecurity } from '../../src/panel-security.js';
import { Jobs } from '../../src/platform/jobs/jobs.service.js';
import type { JobName } from '../../src/platform/jobs/queue.js';
import { minutes, type Duration } from '../../src/values/instant.js';
import { ok, unwrap } from '../../src/values/result.js';
import { startTestApp, TestClock, type TestApp } from './app.js';
import { startTestEdge, type TestEdge } from './edge.js';
import { lying, tellTheTruth, type Lies } from './lying.js';
import { addDomain, createSite, orderIs, placeOrder, type SeenOrder } from './story.js';
import { waitFor } from './suite/wait-for.js';
import { Watch } from './tls/watch.js';

export type Member = Installer & Rehearses & ChallengeResponder;
/** The wait after a first failed installation (bindings/binding.ts). */
const RETRY = minutes(1);

/** `env`: HOSTSEAL_ variables. */
type WorldOptions = { readonly edgeTimeoutMs?: number; readonly env?: Readonly<Record<string, string>> };

export class UnreliableWorld {
  private constructor(
    readonly edge: TestEdge,
    readonly app: TestApp,
    readonly issuer: Lies<Issuer>,
    readonly installer: Lies<Member>,
    private readonly rootPem: string,
  ) {}

  static async start({ edgeHome, ...options }: { edgeHome?: string } & WorldOptions = {}): Promise<UnreliableWorld> {
    const edge = await startTestEdge({ home: edgeHome });
    try {
      return await UnreliableWorld.over(edge, options);
    } catch (error) {
      await edge.stop(); // it would outlive the tests
      throw error;
    }
  }

  private static async over(edge: TestEdge, { edgeTimeoutMs = 10_000, env = {} }: WorldOptions): Promise<UnreliableWorld> {
    const clock = new TestClock();
    const issuer: Lies<Issuer> = {};
    const installer: Lies<Member> = {};
    const address = { ...edge.control, timeoutMs: edgeTimeoutMs, clock };
    const app = await startTestApp({
      edge,
      ...{ clock, env },
      issuers: (usual) => usual.map((real) => lying(real, issuer)),
      installers: (usual) => ({
        drives: (kind) => usual.drives(kind),
        through: (host, server) => usual.through(host, server),
        of: ({ id }) => ok(lying<Member>(new EmbeddedEdgeInstaller({ ...address, serverName: id }), installer)),
      }),
    });
    const [ca] = app.nest.get<readonly Issuer[]>(ISSUERS);
    const [root] = unwrap(await ca!.trustAnchors());
    await addDomain(app.asAdmin);
    // Now: its job would make the panel's own order at the next full minute, in the middle of a story.
    const site = unwrap(await app.nest.get(PanelSecurity).ensure());
    await waitFor('the panel to be served', () => app.nest.get(PanelProof).isServed(site));
    return new UnreliableWorld(edge, app, issuer, installer, new X509Certificate(root!).toString());
  }

  readonly ask: TestApp['asAdmin'] = (query, variables) => this.app.asAdmin(query, variables);

  /** A site, and its first certificate proven. */
  async securedSite(name: string): Promise<{ id: string; name: string; fingerprint: string }> {
    const id = await createSite(this.ask, name);
    const { certificate } = await orderIs(this.ask, await placeOrder(this.ask, id), 'ISSUED');
    await this.isServed(name, certificate!.fingerprint);
    return { id, name, fingerprint: certificate!.fingerprint };
  }

  /** A stranger that begins to look. Without a pause it would take the core that the application needs. */
  watch(name: string, pauseMs = 10): Watch {
    const { address, httpsPort: port } = this.edge.listeners[0]!;
    return new Watch({ address, port }, name, this.rootPem, pauseMs);
  }

  /** Resolves when a deployment has proven it. */
  async isServed(name: string, fingerprint: string): Promise<void> {
    await waitFor(`${name} to be proven`, async () => {
      const newest = (await this.deployments(name)).at(-1);
      return (
        newest?.state === 'SERVED' &&
        newest.evidence.some((seen) => seen.proven && seen.occasion === 'AFTER' && seen.fingerprint === fingerprint)
      );
    });
  }

  async orderFor(siteId: string): Promise<SeenOrder> {
    return orderIs(this.ask, await placeOrder(this.ask, siteId), 'ISSUED');
  }

  /** Fingerprint of the certificate that shall answer for a site. */
  async bound(siteId: string): Promise<string | undefined> {
    const { site } = await this.ask(`query ($id: ID!) { site(id: $id) { bindings { certificate { fingerprint } } } }`, { id: siteId });
    return site.bindings[0]?.certificate.fingerprint as string | undefined;
  }

  /** Those that changed a name, oldest first. */
  async deployments(name: string): Promise<readonly SeenDeployment[]> {
    const seen: SeenDeployment[] = [];
    let after: string | null = null;
    do {
      const { servers } = await this.ask(DEPLOYMENTS, { after });
      const { nodes, pageInfo } = servers.nodes[0].deployments;
      seen.push(...nodes);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after);
    return seen.filter(({ names }) => names.includes(name));
  }

  /** The newest one for a name, when it has ended and is not `before`. */
  async ends(name: string, before?: string): Promise<SeenDeployment> {
    return waitFor(`the deployment of ${name} to end`, async () => {
      const newest = (await this.deployments(name)).at(-1);
      return newest && newest.finishedAt !== null && newest.id !== before && newest;
    });
  }

  wake(job: JobName): Promise<void> {
    return this.app.nest.get(Jobs).send(job, { id: 'all' });
  }

  async pass(span: Duration, job: JobName): Promise<void> {
    this.app.clock.advance(span);
    await this.wake(job);
  }

  /** The faults end, and the time for the next try of what was refused comes. */
  async retryInTruth(): Promise<void> {
    tellTheTruth(this.installer);
    tellTheTruth(this.issuer);
    await this.pass(RETRY, 'server.sweep');
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.edge.stop();
  }
}

export type SeenDeployment = {
  readonly id: string;
  readonly state: string;
  readonly names: readonly string[];
  readonly finishedAt: string | null;
  readonly problem: { code: string; whoActs: string; message: string; sub: { code: string }[] } | null;
  readonly timeline: readonly { step: string; because: string; problem: { code: string } | null }[];
  readonly evidence: readonly { occasion: string; proven: boolean; fingerprint: string | null; name: string }[];
};

const DEPLOYMENTS = `query ($after: String) { servers(first: 1) { nodes { deployments(first: 50, after: $after) { pageInfo { hasNextPage endCursor }
  nodes { id state names finishedAt problem { code whoActs message sub { code } } timeline { step because problem { code } }
    evidence { occasion proven fingerprint name } } } } } }`;
