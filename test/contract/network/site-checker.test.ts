import { createServer, type TlsOptions } from 'node:tls';
import { createServer as createHttps } from 'node:https';
import { createServer as createHttp } from 'node:http';
import net from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeAddressGuard } from '../../../src/adapters/network/address-guard.js';
import { makeDialer } from '../../../src/adapters/network/dialer.js';
import { makeResolver } from '../../../src/adapters/network/resolver.js';
import { makeSiteChecker, type CheckRequest } from '../../../src/adapters/network/site-checker.js';
import { parseHostname } from '../../../src/values/hostname.js';
import { instant } from '../../../src/values/instant.js';
import { unwrap } from '../../../src/values/result.js';
import { makeCa, type TestCa } from '../../support/certificates.js';
import { Listeners } from '../../support/listen.js';
import { ip } from '../../support/network.js';
import { randomBytes } from 'node:crypto';

const shop = unwrap(parseHostname('shop.example.test'));
const resolver = makeResolver({ servers: [] });
const guard = makeAddressGuard([{ address: ip('127.0.0.1') }]);
const checker = makeSiteChecker({ dialer: makeDialer({ guard, resolver }), resolver, guard, clock: { now: () => instant(Date.now()) }, random: { bytes: (n) => randomBytes(n) } });

describe('the site checker', () => {
  let ca: TestCa;
  const listeners = new Listeners();
  beforeAll(async () => { ca = await makeCa(); });
  afterEach(() => listeners.stop());
  it('node', async () => {
    const [e, r] = [await ca.issue({ names: [shop] }), await ca.issue({ names: [shop], algorithm: 'RSA' })];
    const server = createHttps({ key: [e.keyPem, r.keyPem], cert: [e.chainPem, r.chainPem], ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384', ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305', ALPNProtocols: ['h2', 'http/1.1'] }, (_q, s) => s.writeHead(200, { 'strict-transport-security': 'max-age=1' }).end('hi'));
    const port = await listeners.listen(server);
    const c0 = process.cpuUsage();
    const topics: Record<string, number> = {};
    const found = await checker.check({ name: shop, address: ip('127.0.0.1'), port, pace: 'OURS' }, { onProgress: ({ topic }) => { topics[topic] = (topics[topic] ?? 0) + 1; } });
    console.log(process.cpuUsage(c0), topics);
    console.dir(found, { depth: 9 });
  });
});
