import { describe } from 'vitest';
import { attribute, commonName, explicit, hex, implicit, oid, sequence, set, tlv } from '../../../support/pki/der.js';
import { makeAuthority, makeLeaf } from '../certificate-maker.js';
import { extension, HOST, itRules, ofLeaf, request, root } from './rule-table.js';

const [SAN, NAME_CONSTRAINTS] = ['2.5.29.17', '2.5.29.30'] as const;
const dns = (text: string) => implicit(2, text);
const mail = (text: string) => implicit(1, text);
const uri = (text: string) => implicit(6, text);
const ip = (octets: string) => implicit(7, hex(octets));
const directory = (name: Uint8Array) => explicit(4, name);
const other = explicit(0, oid('1.3.6.1.4.1.99999.1'), explicit(0, tlv(0x0c, 'x')));

type Names = readonly Uint8Array[];
const subtrees = (tag: 0 | 1, bases: Names) => explicit(tag, ...bases.map((base) => sequence(base)));
const constraints = (permitted: Names | undefined, excluded: Names | undefined, critical = true) =>
  extension(
    NAME_CONSTRAINTS,
    critical,
    sequence(...(permitted ? [subtrees(0, permitted)] : []), ...(excluded ? [subtrees(1, excluded)] : [])),
  );

type Shape = {
  readonly permitted?: Names;
  readonly excluded?: Names;
  readonly names?: Names;
  readonly subject?: Uint8Array;
  readonly raw?: Uint8Array;
};
/** An intermediate with these constraints over a leaf with these names, and the name that is asked for beside them. */
const under =
  ({ permitted, excluded, names = [dns(HOST)], subject, raw }: Shape) =>
  () => {
    const plus = [raw ? extension(NAME_CONSTRAINTS, true, raw) : constraints(permitted, excluded)];
    const narrow = makeAuthority('Narrow', root, { plus });
    const leaf = makeLeaf(narrow, [], {
      plus: [extension(SAN, subject === undefined, sequence(...names))],
      ...(subject && { subjectDer: subject }),
    });
    return request(leaf, { intermediates: [narrow.certificate], hostname: undefined });
  };
const forbids = (what: string) => `the name constraints of CN=Narrow,O=Test do not allow ${what}`;
const MALFORMED = 'one of its name constraints is malformed';

describe('name constraints (RFC 5280 4.2.1.10)', () => {
  itRules([
    ['a host that is permitted', 'OK', under({ permitted: [dns('example.com')] })],
    ['a host that is permitted to the letter', 'OK', under({ permitted: [dns(HOST)] })],
    ['a host in capitals', 'OK', under({ permitted: [dns('EXAMPLE.com')] })],
    ['a host that is not permitted', forbids(HOST), under({ permitted: [dns('example.org')] })],
    [
      'a host that ends like a permitted one',
      forbids('badexample.com'),
      under({ permitted: [dns('example.com')], names: [dns('badexample.com')] }),
    ],
    ['a host that one of several permits', 'OK', under({ permitted: [dns('example.org'), dns('example.com')] })],
    [
      'a second host that is not permitted',
      forbids('www.example.org'),
      under({ permitted: [dns('example.com')], names: [dns(HOST), dns('www.example.org')] }),
    ],
    ['a host that is excluded', forbids(HOST), under({ excluded: [dns('example.com')] })],
    ['a host that is not excluded', 'OK', under({ excluded: [dns('example.org')] })],
    ['a host that is both', forbids(HOST), under({ permitted: [dns('example.com')], excluded: [dns(HOST)] })],
    ['all hosts excluded', forbids(HOST), under({ excluded: [dns('')] })],
    ['all hosts permitted', 'OK', under({ permitted: [dns('')] })],
    [
      'a wildcard that reaches out of what is permitted',
      forbids('*.example.com'),
      under({ permitted: [dns(HOST)], names: [dns('*.example.com')] }),
    ],
    [
      'a wildcard that reaches into what is excluded',
      forbids('*.example.com'),
      under({ excluded: [dns(HOST)], names: [dns('*.example.com')] }),
    ],
    ['a wildcard within what is permitted', 'OK', under({ permitted: [dns('example.com')], names: [dns('*.example.com')] })],
    ['a leading dot', MALFORMED, under({ permitted: [dns('.example.com')] })],
    ['a name that is none', forbids('.example.com'), under({ permitted: [dns('example.com')], names: [dns(HOST), dns('.example.com')] })],

    ['an address that is permitted', 'OK', under({ permitted: [ip('c0000200ffffff00')], names: [ip('c0000201')] })],
    [
      'an address that is not permitted',
      forbids('the address 192.0.3.1'),
      under({ permitted: [ip('c0000200ffffff00')], names: [ip('c0000301')] }),
    ],
    [
      'an address that is excluded',
      forbids('the address 192.0.2.1'),
      under({ excluded: [ip('c0000200ffffff00')], names: [ip('c0000201')] }),
    ],
    [
      'an IPv6 address where IPv4 is permitted',
      forbids(`the address ${'0.'.repeat(15)}1`),
      under({ permitted: [ip('c0000200ffffff00')], names: [ip('00'.repeat(15) + '01')] }),
    ],
    [
      'an IPv6 address that is excluded',
      forbids(`the address ${'0.'.repeat(15)}1`),
      under({ excluded: [ip('00'.repeat(15) + '01' + 'ff'.repeat(16))], names: [ip('00'.repeat(15) + '01')] }),
    ],
    ['an address without a mask', MALFORMED, under({ permitted: [ip('c0000200')], names: [ip('c0000201')] })],
    ['a mask with holes', MALFORMED, under({ permitted: [ip('c0000200ff00ff00')] })],
    ['a host where addresses are constrained', 'OK', under({ permitted: [ip('c0000200ffffff00')] })],
    ['a host where addresses are excluded', 'OK', under({ excluded: [ip('0000000000000000')] })],

    ['a subject that is permitted', 'OK', under({ permitted: [directory(commonName('foo'))], subject: commonName('foo') })],
    [
      'a subject that is permitted, in another string type and case',
      'OK',
      under({ permitted: [directory(commonName('Foo  bar'))], subject: commonName('FOO bar', 0x13) }),
    ],
    [
      'a subject below a permitted one',
      'OK',
      under({
        permitted: [directory(sequence(set(attribute('2.5.4.6', 'DE', 0x13))))],
        subject: sequence(set(attribute('2.5.4.6', 'DE', 0x13)), set(attribute('2.5.4.3', 'foo'))),
      }),
    ],
    [
      'a subject that is not permitted',
      forbids('its subject'),
      under({ permitted: [directory(commonName('foo'))], subject: commonName('not-foo') }),
    ],
    ['a subject that is excluded', forbids('its subject'), under({ excluded: [directory(commonName('foo'))], subject: commonName('foo') })],
    [
      'a subject that is excluded, in another string type and case',
      forbids('its subject'),
      under({ excluded: [directory(commonName('foo'))], subject: commonName('FOO', 0x13) }),
    ],
    [
      'a directory name among the names that is excluded',
      forbids('its subject'),
      under({ excluded: [directory(commonName('foo'))], names: [dns(HOST), directory(commonName('foo'))] }),
    ],
    ['an empty subject where some are permitted', 'OK', under({ permitted: [directory(commonName('foo'))] })],
    [
      'a subject that is permitted, with a name that is not',
      forbids('its subject'),
      under({ permitted: [directory(commonName('foo'))], subject: commonName('foo'), names: [dns(HOST), directory(commonName('bar'))] }),
    ],

    ['a mailbox that is permitted', 'OK', under({ permitted: [mail('a@example.com')], names: [dns(HOST), mail('a@example.com')] })],
    ['a mailbox of a permitted host', 'OK', under({ permitted: [mail('example.com')], names: [dns(HOST), mail('a@example.com')] })],
    [
      'a mailbox below a permitted host',
      forbids('a@mail.example.com'),
      under({ permitted: [mail('example.com')], names: [dns(HOST), mail('a@mail.example.com')] }),
    ],
    [
      'a mailbox below a permitted domain',
      'OK',
      under({ permitted: [mail('.example.com')], names: [dns(HOST), mail('a@mail.example.com')] }),
    ],
    [
      'a mailbox of another case',
      forbids('A@example.com'),
      under({ permitted: [mail('a@example.com')], names: [dns(HOST), mail('A@example.com')] }),
    ],
    [
      'a mailbox that is excluded',
      forbids('a@example.com'),
      under({ excluded: [mail('example.com')], names: [dns(HOST), mail('a@example.com')] }),
    ],
    ['a mailbox with two ats', MALFORMED, under({ permitted: [mail('a@b@example.com')] })],
    [
      'a mail address in the subject that is not permitted',
      forbids('a@example.org'),
      under({ permitted: [mail('example.com')], subject: sequence(set(attribute('1.2.840.113549.1.9.1', 'a@example.org', 0x16))) }),
    ],

    ['a URI that is permitted', 'OK', under({ permitted: [uri('example.com')], names: [dns(HOST), uri('https://example.com/x')] })],
    [
      'a URI that is not permitted',
      forbids('https://example.org/x'),
      under({ permitted: [uri('example.com')], names: [dns(HOST), uri('https://example.org/x')] }),
    ],
    ['a URI without a host', forbids('urn:x'), under({ permitted: [uri('example.com')], names: [dns(HOST), uri('urn:x')] })],

    [
      'a name of a kind that is constrained and not understood',
      forbids('a name of an unknown kind'),
      under({ excluded: [other], names: [dns(HOST), other] }),
    ],
    ['the same without such a name', 'OK', under({ excluded: [other] })],

    ['constraints that are empty', 'UNREADABLE', under({ raw: sequence() })],
    ['lists that are empty', 'UNREADABLE', under({ raw: sequence(explicit(0), explicit(1)) })],
    ['a minimum that is not 0', 'UNREADABLE', under({ raw: sequence(explicit(0, sequence(dns('example.com'), implicit(0, hex('01'))))) })],
    [
      'constraints that are not critical',
      'its name constraints are not critical',
      () => {
        const narrow = makeAuthority('Narrow', root, { plus: [constraints([dns('example.com')], undefined, false)] });
        return request(makeLeaf(narrow, [HOST]), { intermediates: [narrow.certificate] });
      },
    ],
    ['constraints in a leaf', 'it constrains names and is no CA', ofLeaf({ plus: [constraints([dns('example.com')], undefined)] })],
  ]);
});

describe('name constraints along a path (RFC 5280 6.1.3 b, c, 6.1.4 g)', () => {
  const narrow = (name: string, parent = root, permitted: Names = [dns('example.com')]) =>
    makeAuthority(name, parent, { plus: [constraints(permitted, undefined)] });
  const through = (...chain: ReturnType<typeof makeAuthority>[]) =>
    request(makeLeaf(chain.at(-1)!, [HOST]), { intermediates: chain.map(({ certificate }) => certificate) });
  itRules([
    [
      'constraints of a root',
      'the name constraints of CN=Narrow Root,O=Test do not allow shop.example.com',
      () => {
        const top = makeAuthority('Narrow Root', undefined, { plus: [constraints([dns('example.org')], undefined)] });
        return request(makeLeaf(top, [HOST]), { intermediates: [], roots: [top.certificate] });
      },
    ],
    [
      'two CAs that permit',
      'OK',
      () => {
        const first = narrow('First');
        return through(first, narrow('Second', first, [dns(HOST)]));
      },
    ],
    [
      'a lower one that permits less',
      'the name constraints of CN=Second,O=Test do not allow shop.example.com',
      () => {
        const first = narrow('First');
        return through(first, narrow('Second', first, [dns('www.example.com')]));
      },
    ],
    [
      'a lower one that permits more',
      'the name constraints of CN=First,O=Test do not allow shop.example.com',
      () => {
        const first = narrow('First', root, [dns('example.org')]);
        return through(first, narrow('Second', first, [dns('example.com'), dns('example.org')]));
      },
    ],
    [
      'an intermediate with a name that is not permitted',
      'the name constraints of CN=First,O=Test do not allow ca.example.org',
      () => {
        const first = narrow('First');
        return through(first, makeAuthority('Second', first, { plus: [extension(SAN, false, sequence(dns('ca.example.org')))] }));
      },
    ],
    [
      'the same in a change of keys, which is exempt',
      'OK',
      () => {
        const first = narrow('Same');
        return through(first, makeAuthority('Same', first, { plus: [extension(SAN, false, sequence(dns('ca.example.org')))] }));
      },
    ],
    [
      'more comparisons than anybody wants to make',
      'PATH_TOO_COSTLY',
      () => {
        const first = makeAuthority('Many', root, {
          plus: [
            constraints(
              undefined,
              Array.from({ length: 1_000 }, (_, i) => dns(`n${i}.example.org`)),
            ),
          ],
        });
        const leaf = makeLeaf(first, [], {
          plus: [extension(SAN, true, sequence(...Array.from({ length: 1_000 }, (_, i) => dns(`n${i}.example.com`))))],
        });
        return request(leaf, { intermediates: [first.certificate], hostname: undefined });
      },
    ],
  ]);
});
