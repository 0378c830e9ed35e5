import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  Extension,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_nameConstraints,
  id_ce_keyUsage,
  NameConstraints,
} from '@peculiar/asn1-x509';
import { describe, expect, it } from 'vitest';
import {
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  onlyWithin,
  subjectAltName,
} from '../../../src/cores/pki/encoding/certificate-encoding.js';
import type { Certificate } from '../../../src/cores/pki/certificate.js';
import type { PathRequest } from '../../../src/cores/pki/path/path-request.js';
import { validatePath } from '../../../src/cores/pki/path/validate-path.js';
import type { Hostname } from '../../../src/values/hostname.js';
import { days, type Instant } from '../../../src/values/instant.js';
import type { ProblemCode } from '../../../src/values/problems/codes.js';
import { makeAuthority, makeLeaf, newKey, NOW, SERVER_AUTH, withBrokenSignature, type Authority } from './certificate-maker.js';

const HOST = 'shop.example' as Hostname;
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const root = makeAuthority('Root');
const intermediate = makeAuthority('Intermediate', root);
const request = (leaf: Certificate, changes: Partial<PathRequest> = {}): PathRequest => ({
  leaf,
  intermediates: [intermediate.certificate],
  roots: [root.certificate],
  hostname: HOST,
  purpose: 'serverAuth',
  now: NOW,
  ...changes,
});
const verdict = (asked: PathRequest): string => {
  const result = validatePath(asked);
  return result.ok ? 'OK' : result.problem.code;
};
const under = (authority: Authority, changes: Partial<PathRequest> = {}): PathRequest =>
  request(makeLeaf(authority), { intermediates: [authority.certificate], ...changes });
const unknownCritical = new Extension({ extnID: '1.2.3.4.5', critical: true, extnValue: new OctetString(new ArrayBuffer(2)) });
const constrained = (names: Partial<Record<'permitted' | 'excluded', readonly Partial<GeneralName>[]>>): Extension => {
  const subtrees = (list?: readonly Partial<GeneralName>[]) =>
    list && new GeneralSubtrees(list.map((base) => new GeneralSubtree({ base: new GeneralName(base) })));
  const value = new NameConstraints({ permittedSubtrees: subtrees(names.permitted), excludedSubtrees: subtrees(names.excluded) });
  return new Extension({ extnID: id_ce_nameConstraints, critical: true, extnValue: new OctetString(AsnConvert.serialize(value)) });
};

describe('validatePath', () => {
  it('gives the path, leaf first and root last', () => {
    const leaf = makeLeaf(intermediate);
    const result = validatePath(request(leaf));
    expect(result.ok && result.value.chain.map(({ subject }) => subject)).toEqual(['', 'CN=Intermediate,O=Test', 'CN=Root,O=Test']);
  });

  const inThePast = { notBefore: (NOW - days(200)) as Instant, notAfter: (NOW - days(1)) as Instant };
  const inTheFuture = { notBefore: (NOW + days(1)) as Instant };
  const selfSigned = (() => {
    const key = newKey();
    return makeLeaf({ key, certificate: { ...root.certificate, subjectDer: makeAuthority('Self').certificate.subjectDer } }, [HOST], {
      key,
      subjectDer: makeAuthority('Self').certificate.subjectDer,
    });
  })();

  const cases: { name: string; asked: () => PathRequest; expected: ProblemCode | 'OK' }[] = [
    { name: 'a leaf directly below the root', asked: () => request(makeLeaf(root), { intermediates: [] }), expected: 'OK' },
    { name: 'a name behind a wildcard', asked: () => request(makeLeaf(intermediate, ['*.example'])), expected: 'OK' },
    {
      name: 'a wildcard for two labels',
      asked: () => request(makeLeaf(intermediate, ['*.example']), { hostname: 'a.shop.example' as Hostname }),
      expected: 'CERTIFICATE_NAME_MISMATCH',
    },
    { name: 'another name', asked: () => request(makeLeaf(intermediate, ['other.example'])), expected: 'CERTIFICATE_NAME_MISMATCH' },
    { name: 'no name asked for', asked: () => request(makeLeaf(intermediate, ['other.example']), { hostname: undefined }), expected: 'OK' },
    { name: 'an expired leaf', asked: () => request(makeLeaf(intermediate, [HOST], inThePast)), expected: 'CERTIFICATE_EXPIRED' },
    {
      name: 'a leaf of tomorrow',
      asked: () => request(makeLeaf(intermediate, [HOST], inTheFuture)),
      expected: 'CERTIFICATE_NOT_YET_VALID',
    },
    { name: 'an expired intermediate', asked: () => under(makeAuthority('Old', root, inThePast)), expected: 'CERTIFICATE_EXPIRED' },
    {
      name: 'the last second of a leaf',
      asked: () => request(makeLeaf(intermediate, [HOST], { notAfter: NOW }), { now: (NOW + 999) as Instant }),
      expected: 'OK',
    },
    {
      name: 'the second after the last',
      asked: () => request(makeLeaf(intermediate, [HOST], { notAfter: NOW }), { now: (NOW + 1000) as Instant }),
      expected: 'CERTIFICATE_EXPIRED',
    },
    {
      name: 'an intermediate that is not sent',
      asked: () => request(makeLeaf(intermediate), { intermediates: [] }),
      expected: 'CHAIN_MISSING_INTERMEDIATE',
    },
    { name: 'a root that is not trusted', asked: () => request(makeLeaf(intermediate), { roots: [] }), expected: 'CHAIN_UNTRUSTED' },
    {
      name: 'a root that is not trusted and is sent',
      asked: () => request(makeLeaf(intermediate), { intermediates: [intermediate.certificate, root.certificate], roots: [] }),
      expected: 'CHAIN_UNTRUSTED',
    },
    { name: 'a self-signed leaf', asked: () => request(selfSigned, { intermediates: [] }), expected: 'CHAIN_UNTRUSTED' },
    {
      name: 'a broken signature on the leaf',
      asked: () => request(withBrokenSignature(makeLeaf(intermediate))),
      expected: 'CHAIN_SIGNATURE_WRONG',
    },
    {
      name: 'a CA of the right name with another key',
      asked: () => request(makeLeaf(intermediate), { intermediates: [makeAuthority('Intermediate', root).certificate] }),
      expected: 'CHAIN_SIGNATURE_WRONG',
    },
    {
      name: 'the wrong one of two CAs of one name first: the search goes back',
      asked: () =>
        request(makeLeaf(intermediate), { intermediates: [makeAuthority('Intermediate', root).certificate, intermediate.certificate] }),
      expected: 'OK',
    },
    {
      name: 'a leaf that signs another leaf',
      asked: () => {
        const key = newKey();
        const name = makeAuthority('Cheat').certificate.subjectDer;
        return under(
          { key, certificate: makeLeaf(intermediate, [HOST], { key, subjectDer: name }) },
          {
            intermediates: [makeLeaf(intermediate, [HOST], { key, subjectDer: name }), intermediate.certificate],
          },
        );
      },
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'a CA whose key may not sign certificates',
      asked: () => under(makeAuthority('Mute', root, { plus: [keyUsage('cRLSign')] })),
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'one that may sign certificates by its key usage and is no CA',
      asked: () => under(makeAuthority('Upstart', root, { plus: [basicConstraints(false)] })),
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'a CA below one that allows none',
      asked: () => {
        const last = makeAuthority('Last', root, { plus: [basicConstraints(true, 0)] });
        const below = makeAuthority('Below', last);
        return under(below, { intermediates: [last.certificate, below.certificate] });
      },
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'a leaf below a CA that allows no more CAs',
      asked: () => under(makeAuthority('Last', root, { plus: [basicConstraints(true, 0)] })),
      expected: 'OK',
    },
    {
      name: 'the certificate of a CA as a leaf',
      asked: () => request(intermediate.certificate, { hostname: undefined }),
      expected: 'CERTIFICATE_PURPOSE_WRONG',
    },
    {
      name: 'a leaf for code signing',
      asked: () => request(makeLeaf(intermediate, [HOST], { plus: [extendedKeyUsage(CODE_SIGNING)] })),
      expected: 'CERTIFICATE_PURPOSE_WRONG',
    },
    {
      name: 'an intermediate for code signing',
      asked: () => under(makeAuthority('Coder', root, { plus: [extendedKeyUsage(CODE_SIGNING)] })),
      expected: 'CERTIFICATE_PURPOSE_WRONG',
    },
    {
      name: 'an intermediate for servers and code',
      asked: () => under(makeAuthority('Both', root, { plus: [extendedKeyUsage(CODE_SIGNING, SERVER_AUTH)] })),
      expected: 'OK',
    },
    {
      name: 'a leaf that says it signs certificates',
      asked: () => request(makeLeaf(intermediate, [HOST], { plus: [keyUsage('digitalSignature', 'keyCertSign')] })),
      expected: 'CERTIFICATE_PURPOSE_WRONG',
    },
    {
      name: 'a leaf without key usage',
      asked: () => request(makeLeaf(intermediate, [HOST], { without: [id_ce_keyUsage] })),
      expected: 'OK',
    },
    {
      name: 'an unknown critical extension in the leaf',
      asked: () => request(makeLeaf(intermediate, [HOST], { plus: [unknownCritical] })),
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'an unknown critical extension in a CA',
      asked: () => under(makeAuthority('Odd', root, { plus: [unknownCritical] })),
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'a name within the constraints',
      asked: () => under(makeAuthority('Narrow', root, { plus: [onlyWithin(['example' as Hostname])] })),
      expected: 'OK',
    },
    {
      name: 'a name outside of the constraints',
      asked: () => under(makeAuthority('Narrow', root, { plus: [onlyWithin(['test' as Hostname])] })),
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'a second name outside of the constraints',
      asked: () => {
        const narrow = makeAuthority('Narrow', root, { plus: [onlyWithin([HOST])] });
        return request(makeLeaf(narrow, [HOST, 'other.example']), { intermediates: [narrow.certificate] });
      },
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'constraints of the root',
      asked: () => {
        const narrow = makeAuthority('Narrow Root', undefined, { plus: [onlyWithin(['test' as Hostname])] });
        return request(makeLeaf(narrow), { intermediates: [], roots: [narrow.certificate] });
      },
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'constraints of a CA two links up',
      asked: () => {
        const narrow = makeAuthority('Narrow', root, { plus: [constrained({ excluded: [{ dNSName: 'example' }] })] });
        const below = makeAuthority('Below', narrow);
        return under(below, { intermediates: [narrow.certificate, below.certificate] });
      },
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'a wildcard that reaches into an excluded name',
      asked: () => {
        const narrow = makeAuthority('Narrow', root, { plus: [constrained({ excluded: [{ dNSName: 'secret.example' }] })] });
        return request(makeLeaf(narrow, ['*.example']), { intermediates: [narrow.certificate] });
      },
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'a name that ends like an excluded one',
      asked: () => {
        const narrow = makeAuthority('Narrow', root, { plus: [constrained({ excluded: [{ dNSName: 'hop.example' }] })] });
        return under(narrow);
      },
      expected: 'OK',
    },
    {
      name: 'a constraint that is no name',
      asked: () => under(makeAuthority('Narrow', root, { plus: [constrained({ permitted: [{ dNSName: '.example' }] })] })),
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'a constraint that is no name, beside one that fits',
      asked: () =>
        under(makeAuthority('Narrow', root, { plus: [constrained({ permitted: [{ dNSName: '.example' }, { dNSName: 'example' }] })] })),
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'an exclusion that is no name',
      asked: () => under(makeAuthority('Narrow', root, { plus: [constrained({ excluded: [{ dNSName: '.test' }] })] })),
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'a CA that names itself against the constraints above it',
      asked: () => {
        const narrow = makeAuthority('Narrow', root, { plus: [constrained({ excluded: [{ dNSName: 'ca.test' }] })] });
        const below = makeAuthority('Below', narrow, { plus: [subjectAltName(['ca.test' as Hostname], false)] });
        return under(below, { intermediates: [narrow.certificate, below.certificate] });
      },
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'the same of a CA that only changes its key, which is exempt (RFC 5280 6.1.3 b)',
      asked: () => {
        const narrow = makeAuthority('Narrow', root, { plus: [constrained({ excluded: [{ dNSName: 'ca.test' }] })] });
        const rolled = makeAuthority('Narrow', narrow, { plus: [subjectAltName(['ca.test' as Hostname], false)] });
        return under(rolled, { intermediates: [narrow.certificate, rolled.certificate] });
      },
      expected: 'OK',
    },
    {
      name: 'a leaf that takes the name of its CA, which exempts it from nothing',
      asked: () => {
        const narrow = makeAuthority('Narrow', root, { plus: [constrained({ excluded: [{ dNSName: HOST }] })] });
        return request(makeLeaf(narrow, [HOST], { subjectDer: narrow.certificate.subjectDer }), { intermediates: [narrow.certificate] });
      },
      expected: 'CHAIN_CONSTRAINT_VIOLATED',
    },
    {
      name: 'mail constraints, which say nothing of hosts',
      asked: () => under(makeAuthority('Narrow', root, { plus: [constrained({ permitted: [{ rfc822Name: 'test' }] })] })),
      expected: 'OK',
    },
    {
      name: 'of an expired leaf under an unknown CA, the date is told',
      asked: () => request(makeLeaf(intermediate, [HOST], inThePast), { roots: [], intermediates: [] }),
      expected: 'CERTIFICATE_EXPIRED',
    },
    {
      name: 'of a dead end and an expired detour, the date is told',
      asked: () => request(makeLeaf(intermediate), { roots: [], intermediates: [{ ...intermediate.certificate, ...inThePast }] }),
      expected: 'CERTIFICATE_EXPIRED',
    },
  ];
  it.each(cases)('$name: $expected', ({ asked, expected }) => expect(verdict(asked())).toBe(expected));

  it('a flood of CAs with the right name and the wrong key ends within its budget', () => {
    const wrong = makeAuthority('Intermediate', root).certificate;
    const flood = Array.from({ length: 150 }, (): Certificate => ({ ...wrong }));
    expect(verdict(request(makeLeaf(intermediate), { intermediates: flood }))).toBe('PATH_TOO_COSTLY');
  });

  it('CAs that all sign each other, with more ways through them than anybody can walk, end within their budget', () => {
    const authorities = Array.from({ length: 8 }, (_, i) => makeAuthority(`CA ${i}`));
    const mesh = authorities.flatMap((signer, i) =>
      authorities.flatMap(({ key }, j) => (i === j ? [] : makeAuthority(`CA ${j}`, signer, { key }).certificate)),
    );
    expect(verdict(request(makeLeaf(authorities[0] as Authority), { intermediates: mesh }))).toBe('PATH_TOO_COSTLY');
  });

  it('a dead end at each of six forks, by what a CA forbids below it, is left at once for the way beside it', () => {
    const rungs: Certificate[] = [];
    let above = root;
    for (let i = 0; i < 6; i++) {
      const key = newKey();
      const forbids = makeAuthority(`CA ${i}`, above, { key, plus: [onlyWithin(['other.example' as Hostname])] });
      const allows = makeAuthority(`CA ${i}`, above, { key });
      rungs.push(forbids.certificate, allows.certificate);
      above = allows;
    }
    expect(verdict(request(makeLeaf(above), { intermediates: rungs }))).toBe('OK');
  });

  it('twelve links of valid CAs are more than it follows', () => {
    const chain: Authority[] = [makeAuthority('CA 0', root)];
    for (let i = 1; i < 12; i++) chain.push(makeAuthority(`CA ${i}`, chain.at(-1)));
    expect(verdict(request(makeLeaf(chain.at(-1) as Authority), { intermediates: chain.map(({ certificate }) => certificate) }))).not.toBe(
      'OK',
    );
    const eight = chain.slice(0, 8);
    expect(verdict(request(makeLeaf(eight.at(-1) as Authority), { intermediates: eight.map(({ certificate }) => certificate) }))).toBe(
      'OK',
    );
  });
});
