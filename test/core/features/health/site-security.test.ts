import { beforeAll, describe, expect, it } from 'vitest';
import { readCertificate } from '../../../../src/cores/pki/certificate.js';
import type { Observation } from '../../../../src/cores/tls/observation.js';
import { siteSecurity, type Known } from '../../../../src/features/health/site-security.js';
import type { Hostname } from '../../../../src/values/hostname.js';
import { instant, minutes } from '../../../../src/values/instant.js';
import type { IpAddress } from '../../../../src/values/ip-address.js';
import { unwrap } from '../../../../src/values/result.js';
import { makeCa } from '../../../support/pki/certificates.js';

const now = instant(Date.now());
const facts = { now, revoked: new Set<string>() };
const [shop, www] = ['shop.example', 'www.shop.example'] as Hostname[];
const [one, two] = ['192.0.2.1', '192.0.2.2'] as IpAddress[];
const at = (ip: IpAddress, port = 443) => ({ ip, ports: [{ port }] });

describe('a site is secure where each of its names is proven at each address of its server', () => {
  let chain: readonly Uint8Array[];
  let root: Uint8Array;
  beforeAll(async () => {
    const ca = await makeCa();
    const { leafDer } = await ca.issue({ names: [shop!, www!] });
    [chain, root] = [[leafDer, ca.intermediateDer], ca.rootDer];
  });
  const seen = (ip: IpAddress, name: Hostname, ageMinutes = 0, port = 443): Observation => ({
    at: instant(now - minutes(ageMinutes)),
    target: { address: ip, port, servername: name },
    steps: [],
    session: { protocol: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', chain },
  });
  const proven = (ip: IpAddress, name: Hostname, more: Partial<Known> = {}): Known => {
    const port = more.port ?? 443;
    return { ip, port, name, roots: [root], newest: seen(ip, name, 0, port), ...more };
  };
  const all = () => [proven(one!, shop!), proven(one!, www!), proven(two!, shop!), proven(two!, www!)];
  const both = [at(one!), at(two!)];

  it.each([
    { name: 'all of them', known: all, state: 'SECURE', missing: [] },
    { name: 'a name that is bound at one address only', known: () => all().slice(0, 3), state: 'UNKNOWN', missing: ['NEVER_OBSERVED'] },
    {
      name: 'an address that was added after the last look',
      known: () => all().slice(0, 2),
      state: 'UNKNOWN',
      missing: ['NEVER_OBSERVED', 'NEVER_OBSERVED'],
    },
    {
      name: 'a binding that nobody has looked at yet',
      known: () => [...all().slice(0, 3), proven(two!, www!, { newest: undefined })],
      state: 'UNKNOWN',
      missing: ['NEVER_OBSERVED'],
    },
    {
      name: 'one handshake that is too old',
      known: () => [...all().slice(0, 3), proven(two!, www!, { newest: seen(two!, www!, 31) })],
      state: 'UNKNOWN',
      missing: ['STALE'],
    },
    {
      name: 'a handshake at the port that the address had before',
      known: () => [...all().slice(0, 3), proven(two!, www!, { port: 8443 })],
      state: 'UNKNOWN',
      missing: ['NEVER_OBSERVED'],
    },
    {
      name: 'an issuer whose roots could not be found out',
      known: () => [...all().slice(0, 3), proven(two!, www!, { roots: undefined })],
      state: 'UNKNOWN',
      missing: ['NEVER_OBSERVED'],
    },
    {
      name: 'one that shows what no root vouches for',
      known: () => [...all().slice(0, 3), proven(two!, www!, { roots: [] })],
      state: 'NOT_SECURE',
      missing: ['FAILED'],
    },
    { name: 'nothing bound at all', known: () => [], state: 'UNKNOWN', missing: Array<string>(4).fill('NEVER_OBSERVED') },
  ])('$name: $state', ({ known, state, missing }) => {
    const security = siteSecurity([shop!, www!], both, known(), facts);
    expect(security.state).toBe(state);
    expect(security.findings).toHaveLength(4);
    expect(security.findings.filter((finding) => finding.reason !== 'PROVEN').map(({ reason }) => reason)).toEqual(missing);
  });

  it('one that shows a certificate which is revoked: NOT_SECURE', () => {
    const shown = unwrap(readCertificate(chain[0]!)).fingerprint;
    const { state, findings } = siteSecurity([shop!], [at(one!)], all(), { now, revoked: new Set([shown]) });
    expect([state, findings[0]?.cause?.code]).toEqual(['NOT_SECURE', 'CERTIFICATE_REVOKED']);
  });

  it('a server without an address serves nothing: UNKNOWN', () => expect(siteSecurity([shop!], [], all(), facts).state).toBe('UNKNOWN'));

  it('what is bound at an address that the server has left is asked for no more', () =>
    expect(siteSecurity([shop!], [at(one!)], [proven(one!, shop!), proven(two!, shop!, { newest: undefined })], facts).state).toBe(
      'SECURE',
    ));
});
