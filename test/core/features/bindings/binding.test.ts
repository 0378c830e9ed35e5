import { describe, expect, it } from 'vitest';
import { pairsToSpread, wantedFor, type Binding } from '../../../../src/features/bindings/binding.js';

const bound = (siteId: string, certificateId: string, name: string) => ({ siteId, certificateId, name }) as Binding;

describe('what a new address of a server shows', () => {
  it('each certificate of a site, where its names have several, and each once; the newest first', () => {
    const bindings = [bound('sit_a', 'crt_1', 'a.example'), bound('sit_a', 'crt_2', 'www.a.example'), bound('sit_a', 'crt_2', 'a.example')];
    expect(pairsToSpread([...bindings, bound('sit_b', 'crt_1', 'b.example')])).toEqual([
      { siteId: 'sit_a', certificateId: 'crt_2' },
      { siteId: 'sit_a', certificateId: 'crt_1' },
      { siteId: 'sit_b', certificateId: 'crt_1' },
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
