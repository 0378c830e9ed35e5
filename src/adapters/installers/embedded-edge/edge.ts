/** The edge put together: its tree, what it serves from it, and what the control socket can ask of it. */
import type { Server } from 'node:http';
import type { Http2SecureServer } from 'node:http2';
import type { Server as NetServer } from 'node:net';
import { join } from 'node:path';
import type { CertificateName } from '../../../values/hostname.js';
import type { Instant } from '../../../values/instant.js';
import type { IpAddress } from '../../../values/ip-address.js';
import { about, problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { bindingKeyText, type BindingKey, type Generation, type Inventory, type Rehearsal } from '../installer.js';
import { challengeAndRedirect } from './requests/challenge-and-redirect.js';
import { SiteRequests } from './requests/site-requests.js';
import { checkServable } from './serving/check-servable.js';
import { ClientBounds } from './serving/client-bounds.js';
import { drain } from './serving/drain.js';
import { EDGE_LIMITS } from './serving/limits.js';
import { neutralCertificate } from './serving/neutral-certificate.js';
import { plainListener } from './serving/plain-listener.js';
import { secureListener, type Serving } from './serving/secure-listener.js';
import { ServableCertificates } from './serving/servable-certificates.js';
import { sitesAt, sitesRehearsed, type SiteLookup } from './serving/site-lookup.js';
import { ChallengeFiles } from './tree/challenge-files.js';
import { EdgeTree } from './tree/edge-tree.js';
import { listenPrivately } from './unix-socket.js';
import type { EdgeListenerState, EdgeState } from './wire/control-protocol.js';
import { fingerprintOf, type CertificateId } from './wire/stored-binding.js';

type EdgePaths = { readonly home: string; readonly rehearsalSocket: string; readonly panelSocket: string };

export class Edge {
  readonly #servers: (Server | Http2SecureServer)[] = [];
  readonly #listeners: EdgeListenerState[] = [];
  #rehearsed: Generation | undefined;

  private constructor(
    readonly tree: EdgeTree,
    readonly challenges: ChallengeFiles,
    private readonly serving: Serving,
    private readonly panel: { readonly socket: string; readonly requests: ClientBounds },
    private readonly rehearsalSocket: string,
  ) {}

  static async open({ home, rehearsalSocket, panelSocket }: EdgePaths): Promise<Edge> {
    const tree = await EdgeTree.open(home);
    const challenges = await ChallengeFiles.open(join(home, 'challenges'));
    const neutral = await neutralCertificate(join(home, 'neutral'));
    const certificates = new ServableCertificates(tree.certificates);
    const serving = { certificates, neutral, limits: EDGE_LIMITS, connections: new ClientBounds(EDGE_LIMITS.connections) };
    const panel = { socket: panelSocket, requests: new ClientBounds(EDGE_LIMITS.panelRequests) };
    const edge = new Edge(tree, challenges, serving, panel, rehearsalSocket);
    await edge.#listenForRehearsals();
    return edge;
  }

  /** Serves on a socket that is already listening. */
  listenHttps(socket: NetServer, address: IpAddress, port: number): void {
    const server = this.#secureListener(sitesAt(this.tree, address, port));
    server.listen(socket);
    this.#servers.push(server);
    this.#listeners.push({ role: 'https', address, port });
  }

  /** Serves on a socket that is already listening; redirects go to `httpsPort` of the same address. */
  listenHttp(socket: NetServer, address: IpAddress, port: number, httpsPort: number): void {
    const handler = challengeAndRedirect(this.challenges, sitesAt(this.tree, address, httpsPort), httpsPort);
    const server = plainListener(handler, this.serving);
    server.listen(socket);
    this.#servers.push(server);
    this.#listeners.push({ role: 'http', address, port });
  }

  state(version: string): EdgeState {
    const served = new Set([...this.tree.bindings()].flatMap(({ certificates }) => certificates));
    const found = [...this.serving.certificates.broken].filter(([id]) => served.has(id));
    const broken = found.map(([id, detail]) => ({ fingerprint: fingerprintOf(id), detail }));
    return {
      pid: process.pid,
      version,
      tlsLibrary: `OpenSSL ${process.versions.openssl}`,
      generation: this.tree.current,
      listeners: this.#listeners,
      uptimeSeconds: Math.floor(process.uptime()),
      broken,
      damagedShards: this.tree.damagedShards,
    };
  }

  /** A certificate that cannot be served is left out: the caller sees that it is missing, and installs it again. */
  inventory(keys?: readonly BindingKey[]): Inventory {
    const { broken } = this.serving.certificates;
    const asked = keys ? keys.flatMap((key) => this.tree.at(bindingKeyText(key)) ?? []) : [...this.tree.bindings()];
    const bindings = asked.map(({ key, certificates }) => ({
      key,
      fingerprints: certificates.filter((id) => !broken.has(id)).map(fingerprintOf),
    }));
    return { generation: this.tree.current, bindings };
  }

  /** `now` is the caller's: two clocks in one decision would be a bug. */
  async test(generation: Generation, now: Instant): Promise<Result<void>> {
    const changes = await this.tree.changes(generation);
    if (!changes.ok) return changes;
    const faults: Problem[] = [];
    for (const { key, to } of changes.value) {
      for (const id of to?.certificates ?? []) {
        const checked = await this.#check(id, key.name, now);
        if (!checked.ok) faults.push(about(bindingKeyText(key), checked.problem));
      }
    }
    const [first] = faults;
    return first ? err(problem(first.code, first.facts, { sub: faults })) : ok(undefined);
  }

  async #check(id: CertificateId, name: CertificateName, now: Instant): Promise<Result<void>> {
    const files = await this.tree.certificates.load(id);
    if (!files.ok) return err(problem('SERVER_CONFIG_REFUSED', { detail: `${name}: ${String(files.problem.facts['detail'])}` }));
    return checkServable(files.value, name, now);
  }

  async rehearse(generation: Generation): Promise<Result<Rehearsal>> {
    const changes = await this.tree.changes(generation);
    if (!changes.ok) return changes;
    this.#rehearsed = generation;
    return ok({ socketPath: this.rehearsalSocket });
  }

  /** Looks at every certificate once, a little at a time. */
  inspectCertificates(): Promise<void> {
    return this.serving.certificates.inspect(new Set([...this.tree.bindings()].flatMap(({ certificates }) => certificates)));
  }

  drain(): Promise<void> {
    return drain(this.#servers);
  }

  async #listenForRehearsals(): Promise<void> {
    const server = this.#secureListener(sitesRehearsed(this.tree, () => this.#rehearsed));
    await listenPrivately(server, this.rehearsalSocket);
    this.#servers.push(server);
  }

  #secureListener(sites: SiteLookup): Http2SecureServer {
    const requests = new SiteRequests(sites, this.panel.socket, this.panel.requests);
    return secureListener(sites, (request, response) => requests.answer(request, response), this.serving);
  }
}
