import { AcmeIssuer, type AcmeIssuerOptions } from '../../../src/adapters/issuers/acme/acme.issuer.js';
import type { AcmeDirectory } from '../../../src/adapters/issuers/acme/protocol/directories.js';
import type { Hostname } from '../../../src/values/hostname.js';
import { plus, type Duration, type Instant } from '../../../src/values/instant.js';
import { MemoryMemberState } from '../../support/memory-member-state.js';
import { loopbackDialer } from '../../support/network.js';
import { BLOCKED_DOMAIN, type Pebble } from '../../support/acme/pebble.js';
import type { IssuerFixture } from '../issuer.contract.js';

/** An issuer with a state of its own, on a Pebble that a file shares; so its books are counted from here on. */
export type AcmeFixture = Omit<IssuerFixture, 'anotherProcess'> & {
  readonly issuer: AcmeIssuer;
  readonly state: MemoryMemberState;
  anotherProcess(): AcmeIssuer;
  with(options: Partial<AcmeIssuerOptions>): AcmeIssuer;
  /** As long as nothing of what we were sent is still on its way. */
  skip(span: Duration): void;
};

export const directoryOf = (pebble: Pebble, more: Partial<AcmeDirectory> = {}): AcmeDirectory => ({
  id: 'acme-test',
  title: 'Pebble',
  url: pebble.directoryUrl,
  roots: pebble.roots,
  httpsRoots: [pebble.httpsRoot],
  contact: ['admin@panel.test'],
  ...more,
});

let names = 0;

export function onPebble(pebble: Pebble, more: Partial<AcmeDirectory> = {}): AcmeFixture {
  const state = new MemoryMemberState();
  // Pebble's own time cannot be set, and what is under way there takes no less of it for a jump of ours.
  let [now, skipped] = [Date.now() as Instant, 0];
  const options: AcmeIssuerOptions = {
    directory: directoryOf(pebble, more),
    state,
    clock: { now: () => now },
    dialer: loopbackDialer(),
    timeoutMs: 10_000,
  };
  const [orders, certificates] = [pebble.orders().length, pebble.certificates().length];
  return {
    state,
    issuer: new AcmeIssuer(options),
    anotherProcess: () => new AcmeIssuer(options),
    with: (other) => new AcmeIssuer({ ...options, ...other }),
    newName: () => `shop${++names}.acme.test` as Hostname,
    forbiddenName: `shop.${BLOCKED_DOMAIN}` as Hostname,
    now: () => now,
    waitUntil: () => (now = (Date.now() + skipped) as Instant),
    skip: (span) => {
      skipped += span;
      now = plus(now, span);
    },
    serve: ({ name, path, body }, other) => void pebble.files.set(`http://${name}${path}`, other ?? body),
    ordersAtCa: async () => pebble.orders().length - orders,
    certificatesAtCa: async () => pebble.certificates().slice(certificates),
  };
}
