/**
 * The least that a certificate costs in Node: the requests of RFC 8555 over kept connections, signed by node:crypto. No fair rival: it checks
 * nothing, asks again every 10 ms whatever Retry-After says, and gives up at the first surprise. `argv`: the directory's URL, the port of its challenges.
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import https from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { serveRounds } from './node-loop.mjs';

const POLL_MS = 10;
const [, , directoryUrl, httpPort] = process.argv;
const agent = new https.Agent({ keepAlive: true, maxSockets: 16 });
const json = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const nonces = [];
const oid = (hex) => der(0x06, Buffer.from(hex, 'hex'));
const [OID_SAN, OID_EXTENSION_REQUEST, OID_ECDSA_SHA256] = ['551d11', '2a864886f70d01090e', '2a8648ce3d040302'].map(oid);

async function send(url, method, body) {
  const headers = body && { 'content-type': 'application/jose+json', 'content-length': Buffer.byteLength(body) };
  const request = https.request(url, { method, agent, headers }).end(body);
  const [response] = await once(request, 'response');
  const text = Buffer.concat(await response.toArray()).toString();
  if (response.headers['replay-nonce']) nonces.push(response.headers['replay-nonce']);
  if (response.statusCode >= 300) throw new Error(`${url}: ${response.statusCode} ${text}`);
  return { location: response.headers.location, body: text.startsWith('{') ? JSON.parse(text) : text };
}

const directory = (await send(directoryUrl, 'GET')).body;
const account = newKey();
const { kty, crv, x, y } = account.publicKey.export({ format: 'jwk' });
const jwk = { crv, kty, x, y };
const thumbprint = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url');
let kid;

async function post(url, payload) {
  if (nonces.length === 0) await send(directory.newNonce, 'HEAD');
  const head = json({ alg: 'ES256', nonce: nonces.pop(), url, ...(kid ? { kid } : { jwk }) });
  const body = payload === null ? '' : json(payload);
  const signature = sign('sha256', `${head}.${body}`, { key: account.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return send(url, 'POST', JSON.stringify({ protected: head, payload: body, signature }));
}

async function until(url, isThere) {
  for (;;) {
    const { body } = await post(url, null);
    if (body.status === 'invalid') throw new Error(JSON.stringify(body));
    if (isThere(body)) return body;
    await wait(POLL_MS);
  }
}

kid = (await post(directory.newAccount, { termsOfServiceAgreed: true })).location;
await serveRounds(Number(httpPort), async (name, show) => {
  const order = await post(directory.newOrder, { identifiers: [{ type: 'dns', value: name }] });
  const [authorization] = order.body.authorizations;
  const { token, url } = (await post(authorization, null)).body.challenges.find(({ type }) => type === 'http-01');
  show(token, `${token}.${thumbprint}`);
  await post(url, {});
  await until(order.location, ({ status }) => status === 'ready');
  await post(order.body.finalize, { csr: csrFor(name, newKey()).toString('base64url') });
  const { certificate } = await until(order.location, ({ status }) => status === 'valid');
  await post(certificate, null);
});

/** RFC 2986, with the name in the SAN. */
function csrFor(name, { publicKey, privateKey }) {
  const san = der(0x30, OID_SAN, der(0x04, der(0x30, der(0x82, Buffer.from(name)))));
  const attributes = der(0xa0, der(0x30, OID_EXTENSION_REQUEST, der(0x31, der(0x30, san))));
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const info = der(0x30, der(0x02, Buffer.from([0])), der(0x30), spki, attributes);
  const signature = der(0x03, Buffer.from([0]), sign('sha256', info, privateKey));
  return der(0x30, info, der(0x30, OID_ECDSA_SHA256), signature);
}

function der(tag, ...parts) {
  const content = Buffer.concat(parts);
  const length =
    content.length < 128
      ? [content.length]
      : content.length < 256
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
