import { Injectable } from '@nestjs/common';
import { Bindings } from './features/bindings/bindings.service.js';
import { Certificates } from './features/certificates/certificates.service.js';
import { Looks } from './features/health/looks.service.js';
import { Observations } from './features/observations/observations.service.js';
import type { SeenHandshake } from './features/observations/seen-handshake.js';
import { Orders } from './features/orders/orders.service.js';
import type { Site } from './features/sites/site.js';
import type { Problem } from './values/problems/problem.js';

/** What the person who starts the panel is shown: the handshakes that prove it. */
@Injectable()
export class PanelProof {
  constructor(
    private readonly orders: Orders,
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
    private readonly observations: Observations,
    private readonly looks: Looks,
  ) {}

  /** Is the newest certificate of the site served, or is there nothing more to wait for? */
  async isServed(site: Site): Promise<boolean> {
    const newest = await this.orders.newestOf(site.id);
    const bindings = (await this.bindings.ofSites([site.id])).get(site.id) ?? [];
    if (!newest?.certificateId || bindings.length === 0) return newest?.state === 'FAILED' || newest?.state === 'REJECTED';
    const seen = await this.observations.newest(bindings.map((binding) => binding.id));
    const certificate = (await this.certificates.byIds([newest.certificateId])).get(newest.certificateId);
    return bindings.every(({ id, refused }) => refused !== undefined || seen.get(id)?.fingerprint === certificate?.fingerprint);
  }

  /** The issuer of what was ordered last; undefined where nothing came of it. */
  async signedBy(site: Site): Promise<string | undefined> {
    const newest = await this.orders.newestOf(site.id);
    return newest?.certificateId && newest.issuerId;
  }

  /** What stands against what was ordered last, as far as it is known. */
  async lack(site: Site): Promise<Problem | undefined> {
    return (await this.orders.newestOf(site.id))?.problem;
  }

  /** One new handshake at each address. */
  async look(site: Site): Promise<readonly SeenHandshake[]> {
    await this.looks.atSite(site.id);
    const bindings = (await this.bindings.ofSites([site.id])).get(site.id) ?? [];
    return [...(await this.observations.newest(bindings.map((binding) => binding.id))).values()];
  }
}
