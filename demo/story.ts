/**
 * The story that `npm run demo` tells, and that test/journey/demo.test.ts holds true: from an empty machine to a site that is proven, renewed
 * when its CA asks for it, and never worse while a change breaks.
 */
import { Deadline } from '../src/adapters/network/dialing/deadline.js';
import type { Api } from '../src/cli/platform/api.js';
import { followOrder, type Followed } from '../src/cli/secure/follow.js';
import { eventLines, handshakeLines, verdictLines } from '../src/cli/secure/lines.js';
import type { CertificateView } from '../src/cli/secure/site-view.js';
import { problemLines } from '../src/cli/told-problem.js';
import { endpointText } from '../src/values/ip-address.js';
import { instant } from '../src/values/instant.js';
import { waitFor } from '../test/support/suite/wait-for.js';
import { Watch } from '../test/support/tls/watch.js';
import { breakNginx } from './break-nginx.js';
import * as documents from './documents.js';
import type { Narrator } from './narrator.js';
import type { Platform } from './platform.js';
import { SITE_NAME, type World } from './world.js';

/** Longest that an order may take, from its placing to its proof. */
const PATIENCE_MS = 120_000;
/** Between two looks of the stranger. */
const LOOK_EVERY_MS = 50;

export async function tellStory(world: World, platform: Platform, narrator: Narrator): Promise<void> {
  const story = new Story(world, platform, narrator);
  const customer = await story.people();
  const serverId = await story.server();
  const siteId = await story.site(customer, serverId);
  const first = await story.firstOrder(customer, siteId);
  const stranger = story.stranger();
  try {
    const renewed = await story.renewal(customer, first);
    await story.brokenInstall(customer, serverId, renewed);
  } finally {
    await stranger.stop();
  }
  story.reckoning(stranger);
}

class Story {
  #keys = 0;
  /** No token outlives the one that makes it. */
  readonly #tokensEnd = new Date(Date.now() + 3_600_000).toISOString();
  readonly #served: string[] = [];

  constructor(
    private readonly world: World,
    private readonly platform: Platform,
    private readonly narrator: Narrator,
  ) {}

  async people(): Promise<Api> {
    this.narrator.act('An administrator makes a reseller, who makes a customer');
    const { administrator } = this.platform;
    const reseller = await this.account(administrator, { kind: 'RESELLER', name: 'Rosa Resells' });
    const customer = await this.account(reseller, { kind: 'CUSTOMER', name: 'Carl Customer' });
    const beyond = await customer.change(documents.REGISTER_SERVER, { input: { name: 'mine', kind: 'NGINX' }, key: this.key() });
    this.narrator.holds(`the customer may not register servers${beyond.ok ? '' : `: ${beyond.problem.problem.message}`}`, !beyond.ok);
    return customer;
  }

  async server(): Promise<string> {
    const { nginxVersion, addresses, nginx } = this.world;
    this.narrator.act(`The administrator hands over an nginx that is there already`);
    const { administrator } = this.platform;
    const input = { name: nginxVersion, kind: 'NGINX' };
    const { server } = await this.change<documents.RegisteredServer>(administrator, documents.REGISTER_SERVER, input);
    for (const address of addresses) await this.change(administrator, documents.ADD_ADDRESS, { serverId: server.id, ...address });
    const places = addresses.map(({ ip, httpsPort }) => endpointText({ address: ip, port: httpsPort }));
    this.narrator.tell(`server ${server.id}: ${server.name}, ${nginx.place.mainConfiguration}, for ${places.join(' and ')}`);
    return server.id;
  }

  async site(customer: Api, serverId: string): Promise<string> {
    this.narrator.act(`The customer makes a site: ${SITE_NAME}`);
    await this.change(customer, documents.ADD_DOMAIN, { name: SITE_NAME });
    const { site } = await this.change<documents.CreatedSite>(customer, documents.CREATE_SITE, { names: [SITE_NAME], serverId });
    this.narrator.tell(`site ${site.id}`);
    return site.id;
  }

  async firstOrder(customer: Api, siteId: string): Promise<CertificateView> {
    this.narrator.act('The customer orders a certificate: validated, issued, installed, proven');
    const { order } = await this.change<documents.PlacedOrder>(customer, documents.PLACE_ORDER, { siteId, product: 'dv' });
    this.narrator.tell(`order ${order.id}, ${order.price.amount} ${order.price.currency} a year`);
    return this.proven(await this.follow(customer, order.id));
  }

  async renewal(customer: Api, before: CertificateView): Promise<CertificateView> {
    this.narrator.act('The CA says when it wants it renewed (ARI, RFC 9773), and it is renewed');
    const renewal = await this.narrator.during('asking the CA', this.adviceFor(customer, before.id));
    this.narrator.tell(`to be renewed from ${renewal.start} to ${renewal.end}, says the CA`);
    this.narrator.holds('its window is open', Date.parse(renewal.start) <= Date.now());
    const { order } = await this.change<documents.PlacedOrder>(customer, documents.RENEW, { certificateId: before.id });
    const after = this.proven(await this.follow(customer, order.id));
    this.narrator.holds(`another certificate with another key: serial ${after.serial}`, after.serial !== before.serial);
    this.narrator.holds('the CA has it in its books as the replacement of the first', this.world.pebble.replaced().length === 1);
    return after;
  }

  async brokenInstall(customer: Api, serverId: string, before: CertificateView): Promise<void> {
    this.narrator.act('A change that cannot work is undone');
    const broken = await breakNginx(this.world.nginx.place.mainConfiguration);
    try {
      this.narrator.tell(
        `somebody has added to nginx.conf: ${broken.line}`,
        'Another program has that port: the test of nginx accepts the line, a reload does not.',
      );
      const { order } = await this.change<documents.PlacedOrder>(customer, documents.RENEW, { certificateId: before.id });
      const followed = await this.follow(customer, order.id);
      const { site, verdict } = followed;
      await this.tellLastChange(serverId);
      this.tellVerdict(followed);
      this.narrator.holds('the new certificate was not installed', verdict.outcome === 'NOT_INSTALLED');
      this.narrator.holds(
        'a new handshake at each address shows the one from before',
        site.bindings.length === this.world.addresses.length &&
          site.bindings.every(({ observation }) => observation?.proven === true && observation.fingerprint === before.fingerprint),
      );
      this.narrator.holds('the site is secure', site.security.state === 'SECURE');
    } finally {
      await broken.mend();
    }
  }

  /** The CA is asked right after it has issued. */
  private adviceFor(customer: Api, id: string): Promise<documents.Renewal> {
    return waitFor('the advice of the CA', async () => {
      const { renewal } = (await this.ask<documents.RenewalAnswer>(customer, documents.RENEWAL, { id })).certificate;
      return renewal.source === 'CA' && renewal;
    });
  }

  /** Somebody who looks at the site from now on, again and again. */
  stranger(): Watch {
    const { ip: address, httpsPort: port } = this.world.addresses[0]!;
    return new Watch({ address, port }, SITE_NAME, this.world.root, LOOK_EVERY_MS);
  }

  reckoning({ handshakes, failures, shown }: Watch): void {
    this.narrator.act('What a stranger saw meanwhile');
    this.narrator.tell(`${handshakes} handshakes from the first proof on`);
    this.narrator.holds(`none failed${failures.length > 0 ? `, but ${failures.length}: ${failures[0]}` : ''}`, failures.length === 0);
    // In the middle of a reload an old worker of nginx may answer once more after a new one has.
    const met = [...new Set(shown)];
    this.narrator.holds(
      'the certificates that were proven, one after the other, and no third',
      met.join() === this.#served.join() && shown.at(-1) === met.at(-1),
    );
    this.narrator.holds('three orders placed here are three at the CA', this.world.pebble.orders().length === 3);
  }

  /** The account's own way to the API. */
  private async account(maker: Api, input: { kind: string; name: string }): Promise<Api> {
    const { account } = await this.change<documents.CreatedAccount>(maker, documents.CREATE_ACCOUNT, input);
    const token = await this.change<documents.CreatedToken>(maker, documents.CREATE_TOKEN, {
      accountId: account.id,
      name: 'demo',
      scopes: ['READ', 'WRITE_ACCOUNTS', 'WRITE_ORDERS', 'WRITE_SITES'],
      expiresAt: this.#tokensEnd,
    });
    this.narrator.tell(`${account.kind.toLowerCase()} ${account.name}: ${account.id}`);
    return this.platform.caller(token.secret);
  }

  private async follow(api: Api, orderId: string): Promise<Followed> {
    const followed = await followOrder(api, orderId, new Deadline(PATIENCE_MS), this.narrator.terminal);
    if (!followed.ok) throw new Error(problemLines(followed.problem.problem).join('\n'));
    return followed.value;
  }

  /** How a handshake goes is told once. */
  private proven(followed: Followed): CertificateView {
    const { order, site, verdict } = followed;
    if (verdict.outcome !== 'SECURE') this.tellVerdict(followed);
    else if (this.#served.length === 0) this.narrator.tell(...handshakeLines(site.bindings[0]!.observation!));
    this.narrator.holds('proven by a handshake at each address', verdict.outcome === 'SECURE');
    this.#served.push(order.certificate!.fingerprint);
    return order.certificate!;
  }

  private tellVerdict({ site, verdict }: Followed): void {
    if (verdict.outcome === 'UNDER_WAY') return;
    this.narrator.tell(...verdictLines(verdict, site, instant(Date.now()), this.narrator.terminal.paint));
  }

  private async tellLastChange(serverId: string): Promise<void> {
    const { server } = await this.ask<documents.ServerChanges>(this.platform.administrator, documents.SERVER_CHANGES, { id: serverId });
    const last = server.deployments.nodes.at(-1)!;
    for (const event of last.timeline)
      this.narrator.tell(...eventLines({ ...event, phase: event.problem ? 'FAILED' : 'DONE' }, this.narrator.terminal.paint));
    this.narrator.holds(`the change ended as ${last.state}`, last.state === 'UNDONE');
  }

  private async ask<T>(api: Api, document: string, variables: Readonly<Record<string, unknown>>): Promise<T> {
    const answer = await api.ask<T>(document, variables);
    if (!answer.ok) throw new Error(problemLines(answer.problem.problem).join('\n'));
    return answer.value;
  }

  private async change<T>(api: Api, document: string, input: Readonly<Record<string, unknown>>): Promise<T> {
    const changed = await api.change<T>(document, { input, key: this.key() });
    if (!changed.ok) throw new Error(problemLines(changed.problem.problem).join('\n'));
    return changed.value;
  }

  private key(): string {
    return `demo-key-${++this.#keys}`;
  }
}
