import { createServer } from 'node:net';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { endToEnd, toPanel } from '../../../../src/adapters/installers/embedded-edge/requests/forwarded-headers.js';
import { ClientHelloReader } from '../../../../src/adapters/installers/embedded-edge/wire/client-hello.js';
import { bindingNamesFor, parseAuthority, parseServerName } from '../../../../src/adapters/installers/embedded-edge/wire/server-name.js';

describe('names as strangers send them', () => {
  it.each([
    ['shop.example', 'shop.example'],
    ['SHOP.Example.', 'shop.example'],
    ['_acme.xn--bcher-kva.example', '_acme.xn--bcher-kva.example'],
    ['', undefined],
    ['.', undefined],
    ['a..b', undefined],
    ['*.example', undefined],
    ['bücher.example', undefined],
    ['a/b', undefined],
    ['a\0.example', undefined],
    [`${'a'.repeat(300)}.example`, undefined],
  ])('%j in SNI is %j', (text, name) => expect(parseServerName(text)).toBe(name));

  it.each([
    ['shop.example:8443', 'shop.example'],
    ['shop.example', 'shop.example'],
    ['shop.example:', undefined],
    ['shop.example:123456', undefined],
    ['user@shop.example', undefined],
    ['[::1]:443', undefined],
    ['a:b:c', undefined],
  ])('%j in Host is %j', (text, name) => expect(parseAuthority(text)).toBe(name));

  it('a name stands under itself and under the wildcard of its first label, a single label under itself', () => {
    expect(bindingNamesFor('a.b.example')).toEqual(['a.b.example', '*.b.example']);
    expect(bindingNamesFor('localhost')).toEqual(['localhost']);
  });
});

describe('a ClientHello', () => {
  it('gives its name wherever it is cut into pieces', async () => {
    const hello = await clientHello('shop.example');
    for (let cut = 0; cut <= hello.length; cut++) {
      const reader = new ClientHelloReader();
      reader.push(hello.subarray(0, cut));
      expect(reader.complete).toBe(cut === hello.length);
      reader.push(hello.subarray(cut));
      expect(reader.serverName).toBe('shop.example');
    }
  });

  it('never makes the reader throw, whatever one byte of it is changed to', async () => {
    const hello = await clientHello('shop.example');
    for (let at = 0; at < hello.length; at++) {
      for (const value of [0, 1, 127, 255]) {
        const changed = Buffer.from(hello);
        changed[at] = value;
        expect(() => new ClientHelloReader().push(changed)).not.toThrow();
      }
    }
  });

  it('without a name, and what is no hello at all, has none and is complete', async () => {
    for (const bytes of [await clientHello(''), Buffer.from('GET / HTTP/1.1\r\n'), Buffer.from('15030100020228', 'hex')]) {
      const reader = new ClientHelloReader();
      reader.push(bytes);
      expect(reader).toMatchObject({ complete: true, serverName: undefined });
    }
  });
});

describe('headers on their way to the panel', () => {
  it('lose what speaks of the connection, and what only the edge may say', () => {
    const sent = { ':path': '/', connection: 'close, X-Hop', 'x-hop': '1', te: 'trailers', upgrade: 'h2c', accept: '*/*' };
    expect(endToEnd(sent)).toEqual({ accept: '*/*' });
    const lies = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-anything': 'x', forwarded: 'for=192.0.2.1', 'x-real-ip': '192.0.2.1' };
    expect(toPanel({ ...sent, ...lies }, { host: 'panel.example:8443', address: '198.51.100.7' })).toEqual({
      accept: '*/*',
      host: 'panel.example:8443',
      'x-forwarded-for': '198.51.100.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'panel.example:8443',
    });
  });
});

/** The first bytes of a real client. */
async function clientHello(servername: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = (server.address() as { port: number }).port;
  const client = connect({ host: '127.0.0.1', port, servername }).on('error', () => undefined);
  const [socket] = await once(server, 'connection');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  server.close();
  return bytes;
}
