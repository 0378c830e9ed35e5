import { Inject, Injectable } from '@nestjs/common';
import type { AddressCheck, SiteCheck } from '../../cores/tls/check/site-check.js';
import { Transactions } from '../../platform/database/transaction.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import type { CertificateName } from '../../values/hostname.js';
import { ok, unwrap } from '../../values/result.js';
import { askedFor, type Binding } from '../bindings/binding.js';
import { Findings } from '../findings/findings.service.js';
import { Evidence } from '../inspection/evidence.service.js';
import type { Outcome, SeenHandshake } from '../observations/seen-handshake.js';
import { CheckBook } from '../site-checks/check-book.service.js';
import type { Site } from '../sites/site.js';
import { Sites } from '../sites/sites.service.js';

/** A handshake with a binding, and what the one before it showed. */
type Looked = { readonly binding: Binding; readonly seen: SeenHandshake; readonly before: Outcome | undefined };

/**
 * A handshake that does not prove what the one before proved raises the alarm at once, with what can be told from it; and a full check
 * begins in the same transaction, which tells more. So it does where a binding that was not proven is again: it ends what is over.
 */
@Injectable()
export class Suspicions {
  constructor(
    private readonly sites: Sites,
    private readonly evidence: Evidence,
    private readonly findings: Findings,
    private readonly book: CheckBook,
    private readonly transactions: Transactions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async follow(looked: readonly Looked[]): Promise<void> {
    const odd = looked.filter((each) => hasTurned(each) || each.seen.problem !== undefined);
    if (odd.length === 0) return;
    const siteIds = [...new Set(odd.map(({ binding }) => binding.siteId))];
    const sites = await this.sites.byIds(siteIds);
    const known = await this.findings.openNames(siteIds);
    for (const ofName of Map.groupBy(odd, ({ binding }) => `${binding.siteId} ${binding.name}`).values()) {
      const { siteId, name } = ofName[0]!.binding;
      const site = sites.get(siteId);
      if (!site) continue;
      if (ofName.some(hasTurned)) await this.raise(site, ofName);
      // A worker may have died between the handshake and the alarm.
      else if (!known.get(siteId)?.includes(name)) await this.look(site, name);
    }
  }

  private async look(site: Site, name: CertificateName): Promise<void> {
    unwrap(await this.transactions.run(async (tx) => ok(await this.book.open(tx, site, name, 'SCHEDULED'))));
  }

  private async raise(site: Site, looked: readonly Looked[]): Promise<void> {
    const { name } = looked[0]!.binding;
    const now = this.clock.now();
    // Of a server that nobody reached nothing is known: the full check looks once more.
    const spoke = looked.filter(({ seen }) => seen.problem !== undefined && seen.observation.session !== undefined);
    const broken = spoke.length > 0 ? await this.evidence.diagnose(site, name, [asCheck(spoke)], now) : [];
    const diagnoses = broken.filter(({ severity }) => severity === 'BROKEN');
    unwrap(
      await this.transactions.run(async (tx) => {
        if (diagnoses.length > 0) await this.findings.settle(tx, { site, name, diagnoses, extent: 'PART', wasFine: true });
        return ok(await this.book.open(tx, site, name, 'SUSPECTED'));
      }),
    );
  }
}

/** Proven and no longer, or the other way round. */
const hasTurned = ({ seen, before }: Looked): boolean => before !== undefined && before.proven === (seen.problem !== undefined);

/** What a full check would hold of these handshakes, and nothing else. */
function asCheck(looked: readonly Looked[]): SiteCheck {
  const addresses = looked.map(({ binding: { ip: address, port }, seen: { observation: baseline } }): AddressCheck => {
    const nothingElse = { handshakes: [], versions: [], certificates: [], resumption: {}, tolerates: {}, connections: 1 };
    return { address, port, baseline, ...nothingElse };
  });
  const { binding, seen } = looked[0]!;
  const connections = { used: looked.length, budget: looked.length };
  return { name: askedFor(binding.name), port: binding.port, at: seen.at, tookMs: 0, addresses: ok(addresses), leftOut: [], connections };
}
