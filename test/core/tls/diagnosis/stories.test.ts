/** Which certificate is shown where: what only the panel can know, addresses that differ, and faults that are one story. */
import { describe, expect, it } from 'vitest';
import type { AddressCheck } from '../../../../src/cores/tls/check/site-check.js';
import type { Diagnosis, Evidence } from '../../../../src/cores/tls/diagnosis/diagnosis.js';
import { ok } from '../../../../src/values/result.js';
import { makeAuthority, makeLeaf } from '../../pki/certificate-maker.js';
import { healthyAddress, httpAnswer, V6 } from '../../../support/tls/site-check.js';
import { chainOf, evidence, expired, good, intermediate, nothingIsOurs, ofOther, ours, rsaKey } from './shop.js';
import { diagnosed } from './told.js';

const told = (chain: readonly Uint8Array[]): readonly Diagnosis[] => diagnosed(evidence([healthyAddress(chain)]));

describe('a certificate of ours', () => {
  const stale = makeLeaf(intermediate);
  const neutral = makeLeaf(intermediate, ['neutral.invalid']);
  const everyone = (leaf: { der: Uint8Array }) => ok({ kind: 'CERTIFICATE' as const, chain: chainOf(leaf) });
  it.each<{ name: string; shows: { der: Uint8Array }; ours: Evidence['ours']; place?: Partial<AddressCheck>; is: object }>([
    {
      name: 'expired is issued anew',
      shows: makeLeaf(intermediate, ['shop.example'], expired),
      ours: nothingIsOurs,
      is: { cause: 'EXPIRED', repair: 'REISSUE' },
    },
    {
      name: 'without its intermediate is completed',
      shows: good,
      place: { certificates: [{ chain: [good.der], versions: [] }], handshakes: [], baseline: healthyAddress([good.der]).baseline },
      ours,
      is: { cause: 'CHAIN_INCOMPLETE', repair: 'COMPLETE_CHAIN' },
    },
    {
      name: 'from before is shown though the new one is on the disk: the server has to read it',
      shows: stale,
      ours: { ...ours, installed: [good.fingerprint] },
      is: { cause: 'WRONG_CERTIFICATE', severity: 'BROKEN', whoActs: 'ADMIN', repair: 'RELOAD' },
    },
    {
      name: 'from before is on the disk as well: it is installed again',
      shows: stale,
      ours: { ...ours, installed: [stale.fingerprint] },
      is: { cause: 'WRONG_CERTIFICATE', severity: 'WEAK', repair: 'REINSTALL' },
    },
    {
      name: 'is hidden behind a CDN',
      shows: stale,
      place: { http: { overTls: ok(httpAnswer({ server: 'cloudflare', hsts: ['max-age=63072000'] })) } },
      ours,
      is: { cause: 'WRONG_CERTIFICATE', severity: 'NOTE', whoActs: 'CDN' },
    },
    {
      name: 'gives way to another tenant',
      shows: ofOther,
      ours: { ...ours, otherTenants: new Set([ofOther.fingerprint]) },
      is: { cause: 'ANOTHER_TENANTS_CERTIFICATE', severity: 'BROKEN', repair: 'REBIND', alsoSeen: ['HOSTNAME_MISMATCH'] },
    },
    {
      name: 'gives way to the default one',
      shows: neutral,
      ours: { ...ours, defaultCertificate: neutral.fingerprint },
      place: { wrongName: everyone(neutral), withoutName: everyone(neutral) },
      is: { cause: 'SNI_IGNORED', severity: 'BROKEN', whoActs: 'ADMIN', repair: 'REBIND', alsoSeen: ['HOSTNAME_MISMATCH'] },
    },
    {
      name: 'is not on that server, which is a stranger',
      shows: ofOther,
      ours: { ...ours, installed: [good.fingerprint] },
      is: { cause: 'HOSTNAME_MISMATCH', whoActs: 'CUSTOMER' },
    },
    {
      name: 'is shown to clients without a name, and belongs to another tenant',
      shows: good,
      place: { withoutName: everyone(ofOther) },
      ours: { ...ours, otherTenants: new Set([ofOther.fingerprint]) },
      is: { cause: 'ANOTHER_TENANTS_CERTIFICATE', severity: 'WEAK', repair: 'RESTORE_DEFAULT' },
    },
    {
      name: 'is shown to clients without a name in the place of the neutral one',
      shows: good,
      place: { withoutName: everyone(good) },
      ours: { ...ours, defaultCertificate: neutral.fingerprint },
      is: { cause: 'SNI_MISSING', severity: 'WEAK', repair: 'RESTORE_DEFAULT' },
    },
  ])('$name', ({ shows, ours: known, place, is }) =>
    expect(diagnosed(evidence([healthyAddress(chainOf(shows), place)], { ours: known }))).toMatchObject([is]),
  );

  it('is not shown by a CDN, and what that shows to nobody is its own business', () => {
    const place = {
      http: { overTls: ok(httpAnswer({ server: 'cloudflare', hsts: ['max-age=63072000'] })) },
      withoutName: everyone(ofOther),
    };
    const known = { ours: { ...ours, defaultCertificate: neutral.fingerprint } };
    expect(diagnosed(evidence([healthyAddress(chainOf(stale), place)], known))).toMatchObject([{ cause: 'WRONG_CERTIFICATE' }]);
  });
});

describe('two addresses', () => {
  const two = (v4: readonly Uint8Array[], v6: readonly Uint8Array[], more: Partial<Evidence> = {}) =>
    diagnosed(evidence([healthyAddress(v4), healthyAddress(v6, { address: V6 })], more));

  it('that show the same are one', () => expect(two(chainOf(good), chainOf(good))).toEqual([]));

  it('with two certificates that both hold are worth a note', () =>
    expect(two(chainOf(good), chainOf(makeLeaf(intermediate)))).toMatchObject([{ cause: 'ADDRESSES_DIFFER', severity: 'NOTE' }]));

  it('of which one has an old certificate: the other address is told, and what is wrong there', () => {
    const found = two(chainOf(good), chainOf(makeLeaf(intermediate, ['shop.example'], expired)));
    expect(found).toMatchObject([
      {
        cause: 'ADDRESSES_DIFFER',
        severity: 'BROKEN',
        whoActs: 'ADMIN',
        where: [{ address: V6, port: 443 }],
        evidence: { which: 'Over IPv6' },
        alsoSeen: ['EXPIRED'],
      },
    ]);
  });

  it('of which one leads to a server of others: its owner corrects the name', () =>
    expect(two(chainOf(good), chainOf(ofOther), { ours: { ...ours, installed: [good.fingerprint] } })).toMatchObject([
      { cause: 'ADDRESSES_DIFFER', whoActs: 'CUSTOMER', alsoSeen: ['HOSTNAME_MISMATCH'] },
    ]));

  it('that are both expired are one finding at two places', () => {
    const chain = chainOf(makeLeaf(intermediate, ['shop.example'], expired));
    expect(two(chain, chain)).toMatchObject([{ cause: 'EXPIRED', where: [{}, {}] }]);
  });
});

describe('many faults of one certificate are one story', () => {
  it.each<{ name: string; chain: () => readonly Uint8Array[]; is: object }>([
    {
      name: 'expired, self-signed and for another name',
      chain: () => [
        makeLeaf(selfSigner('other.example'), ['other.example'], {
          ...expired,
          subjectDer: selfSigner('other.example').certificate.subjectDer,
          key: selfSigner('other.example').key,
        }).der,
      ],
      is: { cause: 'SELF_SIGNED', alsoSeen: expect.arrayContaining(['HOSTNAME_MISMATCH', 'EXPIRED']) },
    },
    {
      name: 'expired, with a weak key',
      chain: () => chainOf(makeLeaf(intermediate, ['shop.example'], { ...expired, key: rsaKey(1024) })),
      is: { cause: 'EXPIRED', alsoSeen: expect.arrayContaining(['WEAK_KEY']) },
    },
  ])('$name', ({ chain, is }) => expect(told(chain())).toMatchObject([is]));

  it('but a chain that is not sent stays a fault of its own', () =>
    expect(told([makeLeaf(intermediate, ['shop.example'], expired).der]).map(({ cause }) => cause)).toEqual([
      'EXPIRED',
      'CHAIN_INCOMPLETE',
    ]));
});

const signers = new Map<string, ReturnType<typeof makeAuthority>>();
function selfSigner(name: string): ReturnType<typeof makeAuthority> {
  const known = signers.get(name) ?? makeAuthority(name);
  signers.set(name, known);
  return known;
}
