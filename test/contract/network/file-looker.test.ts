import http from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeAddressGuard } from '../../../src/adapters/network/dialing/address-guard.js';
import { makeDialer } from '../../../src/adapters/network/dialing/dialer.js';
import { makeFileLooker, type FileLooker } from '../../../src/adapters/network/file-looker.js';
import { makeHttpClient } from '../../../src/adapters/network/http/https.js';
import { makeResolver } from '../../../src/adapters/network/dialing/resolver.js';
import { parseHostname } from '../../../src/values/hostname.js';
import { unwrap } from '../../../src/values/result.js';
import { startDns, type DnsServer } from '../../support/acme/dns-server.js';
import { Listeners } from '../../support/listen.js';
import { ip } from '../../support/network.js';

const PATH = '/.well-known/acme-challenge/token';
const file = (text: string) => ({ name: unwrap(parseHostname(text)), path: PATH, body: 'token.thumbprint' });

describe('the looker for files', () => {
  const listeners = new Listeners();
  let dns: DnsServer;
  let looker: FileLooker;
  let port: number;
  /** What is shown at an address, and by it. */
  let shown: Record<string, http.RequestListener> = {};
  const right: http.RequestListener = ({ url }, response) => response.writeHead(url === PATH ? 200 : 404).end('token.thumbprint\n');
  beforeAll(async () => {
    const listener: http.RequestListener = (request, response) => (shown[request.socket.localAddress!] ?? right)(request, response);
    port = await listeners.listen(http.createServer(listener));
    await listeners.listen(http.createServer(listener), { host: '::1', port });
    dns = await startDns({
      'both.example.test': ['127.0.0.1', '::1'],
      'four.example.test': ['127.0.0.1'],
      'six.example.test': ['::1'],
      'none.example.test': [],
      'inside.example.test': ['10.0.0.1'],
      'closed.example.test': ['127.0.0.2'],
      'many.example.test': ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4', '::1'],
      '*.bulk.example.test': ['127.0.0.1'],
    });
    const resolver = makeResolver({ servers: [dns.server] });
    const guard = makeAddressGuard(['127.0.0.1', '127.0.0.2', '::1'].map((text) => ({ address: ip(text) })));
    looker = makeFileLooker({ resolver, http: makeHttpClient({ dialer: makeDialer({ guard, resolver }), extraRoots: [] }) });
  });
  beforeEach(() => {
    shown = {};
    dns.fault = 'NONE';
  });
  afterAll(async () => {
    await dns?.stop();
    await listeners.stop();
  });
  const look = async (...names: readonly string[]) =>
    (await looker.look(names.map(file), port)).map(({ address, cause }) => [address, cause?.code]);

  it('looks over IPv4 and over IPv6, each apart', async () => {
    expect(await look('both.example.test')).toEqual([
      ['127.0.0.1', undefined],
      ['::1', undefined],
    ]);
    shown['::1'] = (_, response) => response.writeHead(404).end();
    expect(await look('both.example.test')).toEqual([
      ['127.0.0.1', undefined],
      ['::1', 'HTTP_STATUS_UNEXPECTED'],
    ]);
    expect(await look('six.example.test', 'four.example.test')).toEqual([
      ['::1', 'HTTP_STATUS_UNEXPECTED'],
      ['127.0.0.1', undefined],
    ]);
  });

  it('tells what was shown in its place so that it can be kept: short, and whole characters', async () => {
    const long = `/${'l'.repeat(5_000)}`;
    shown['127.0.0.1'] = ({ url }, response) => {
      if (url === long) response.end(`${'a'.repeat(79)}\u{1f600}`);
      else response.writeHead(302, { location: long }).end();
    };
    const [{ cause } = {}] = await looker.look([file('four.example.test')], port);
    expect(cause).toMatchObject({ code: 'HTTP_BODY_UNEXPECTED', facts: { firstLine: `${'a'.repeat(79)}\u{fffd}` } });
    expect(`${cause?.facts['url']}`.length).toBe(200);
  });

  it('tells a name without an address, a refusal, and an address that is not dialled', async () => {
    expect(await look('none.example.test', 'closed.example.test', 'inside.example.test')).toEqual([
      [undefined, 'NAME_DOES_NOT_RESOLVE'],
      ['127.0.0.2', 'CONNECTION_REFUSED'],
      ['10.0.0.1', 'ADDRESS_NOT_ALLOWED'],
    ]);
  });

  it('wants the very body, and follows redirects on the way to it, at the same address', async () => {
    shown['::1'] = (request, response) =>
      request.url === PATH ? response.writeHead(301, { location: '/moved' }).end() : response.end('token.thumbprint');
    shown['127.0.0.1'] = (_, response) => response.end('token.thumbprint2');
    const sightings = await looker.look([file('both.example.test')], port);
    expect(sightings).toMatchObject([
      { cause: { code: 'HTTP_BODY_UNEXPECTED', facts: { firstLine: 'token.thumbprint2' } } },
      { cause: undefined },
    ]);
    shown['::1'] = (_, response) => response.writeHead(302, { location: PATH }).end();
    expect(await look('six.example.test')).toEqual([['::1', 'TOO_MANY_REDIRECTS']]);
  });

  it('looks at two addresses of a kind, however many there are', async () =>
    expect((await look('many.example.test')).map(([address]) => address)).toEqual(['127.0.0.1', '127.0.0.2', '::1']));

  it('says that it could not find out where DNS is silent', async () => {
    dns.fault = 'SERVFAIL';
    expect(await look('four.example.test')).toEqual([[undefined, 'NAME_LOOKUP_FAILED']]);
  });

  it('is done in its time with a hundred names that hang, and says so of those whose turn did not come', { timeout: 20_000 }, async () => {
    shown['127.0.0.1'] = () => undefined;
    const codes = (await look(...Array.from({ length: 100 }, (_, i) => `n${i}.bulk.example.test`))).map(([, code]) => code);
    expect(codes).toHaveLength(100);
    expect([...new Set(codes)].sort()).toEqual(['CHALLENGE_FILE_NOT_CHECKED', 'CONNECTION_TIMED_OUT']);
  });
});
