import { describe, expect, it } from 'vitest';
import { shownAfter, toSpread, wantedFor, type Binding } from '../../../../src/features/bindings/binding.js';

const bound = (siteId: string, certificateId: string, name: string) => ({ siteId, certificateId, name }) as Binding;

describe('what a new address of a server shows', () => {
  it('each certificate of a site, where its names have several, and each once; the newest first', () => {
    const bindings = [bound('sit_a', 'crt_1', 'a.example'), bound('sit_a', 'crt_2', 'www.a.example'), bound('sit_a', 'crt_2', 'a.example')];
    expect(toSpread([...bindings, bound('sit_b', 'crt_1', 'b.example')])).toEqual([
      { siteId: 'sit_a', certificateId: 'crt_2', beside: false },
      { siteId: 'sit_a', certificateId: 'crt_1', beside: false },
      { siteId: 'sit_b', certificateId: 'crt_1', beside: false },
    ]);
  });
});

describe('where a certificate is wanted', () => {
  const certificate = { id: 'crt_1', names: ['*.a.example', 'b.example'], createdAt: 0 } as unknown as Parameters<typeof wantedFor>[2];
  const place = (id: string) => ({ id, ip: '192.0.2.1', ports: [{ port: 443 }] }) as unknown as Parameters<typeof wantedFor>[1][number];
  const wanted = (...names: string[]) =>
    wantedFor(names as readonly string[] as Parameters<typeof wantedFor>[0], [place('adr_2'), place('adr_1')], certificate).map(
      ({ addressId, name }) => `${addressId} ${name}`,
    );

  it('is every name that it covers, at every address, always in one order', () => {
    const all = ['adr_1 b.example', 'adr_1 www.a.example', 'adr_2 b.example', 'adr_2 www.a.example'];
    expect(wanted('www.a.example', 'a.example', 'b.example')).toEqual(all);
    expect(wanted('b.example', 'a.example', 'www.a.example')).toEqual(all);
  });

  it('is every port of mail, with what is said there before TLS', () => {
    const mail = { id: 'adr_1', ip: '192.0.2.1', ports: [{ port: 993 }, { port: 25, startTls: 'smtp' }] } as unknown as ReturnType<
      typeof place
    >;
    expect(wantedFor(['b.example'] as readonly string[] as Parameters<typeof wantedFor>[0], [mail], certificate)).toEqual([
      { addressId: 'adr_1', ip: '192.0.2.1', name: 'b.example', port: 25, startTls: 'smtp' },
      { addressId: 'adr_1', ip: '192.0.2.1', name: 'b.example', port: 993 },
    ]);
  });
});

describe('what a place shows once a certificate was issued for it', () => {
  type Issued = Parameters<typeof shownAfter>[0];
  const issued = (id: string, keyAlgorithm: string, createdAt: number) => ({ id, keyAlgorithm, createdAt, names: [] }) as unknown as Issued;
  const [ec, rsa] = [issued('crt_ec', 'ECDSA_P256', 10), issued('crt_rsa', 'RSA_2048', 20)];
  const [newerEc, newerRsa, olderRsa] = [
    issued('crt_ec2', 'ECDSA_P384', 30),
    issued('crt_rsa2', 'RSA_3072', 40),
    issued('crt_rsa0', 'RSA_2048', 5),
  ];
  const pair = { certificate: ec, companion: rsa };

  it.each([
    { what: 'a newer one takes its place', by: newerEc, beside: false, before: { certificate: ec }, after: { certificate: newerEc } },
    { what: 'also of the other family', by: rsa, beside: false, before: { certificate: ec }, after: { certificate: rsa } },
    { what: 'or comes beside it, where that was asked for', by: rsa, beside: true, before: { certificate: ec }, after: pair },
    { what: 'in whatever order they come', by: ec, beside: true, before: { certificate: rsa }, after: { certificate: rsa, companion: ec } },
    { what: 'but not of the same family', by: newerEc, beside: true, before: { certificate: ec }, after: { certificate: newerEc } },
    {
      what: 'of a pair each takes the place of its like',
      by: newerEc,
      beside: false,
      before: pair,
      after: { ...pair, certificate: newerEc },
    },
    { what: 'and the other too', by: newerRsa, beside: false, before: pair, after: { ...pair, companion: newerRsa } },
    { what: 'an older one changes nothing', by: olderRsa, beside: true, before: pair, after: undefined },
    { what: 'nor one that is there', by: rsa, beside: true, before: pair, after: undefined },
  ])('$what', ({ by, beside, before, after }) => {
    expect(shownAfter(by, beside, before)).toEqual(after);
  });
});
