/** What strangers see of an nginx that looks certificates up by name, what it costs its administrator, and who can read what. */
import { readFile, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateName } from '../../../src/values/hostname.js';
import { unwrap } from '../../../src/values/result.js';
import { installOnNginx, putAt, startTestNginx, workersOf, type TestNginx } from '../../support/nginx/nginx.js';
import { makeCa, type TestCa, type TestCertificate } from '../../support/pki/certificates.js';
import { handshake, secureConnection } from '../../support/tls/handshake.js';

let nginx: TestNginx;
let ca: TestCa;
let site: TestCertificate;
let wild: TestCertificate;
let neutral: string;
const https = () => ({ address: nginx.listeners[0].address, port: nginx.listeners[0].httpsPort });
const shown = async (name?: string) => (await handshake(https(), name)).fingerprint;
const MANY = `${'a'.repeat(17)}.example`;
const LONG = `${'abcdefghij-'.repeat(5)}k.${'lmnopqrstu-'.repeat(5)}v.example`;

beforeAll(async () => {
  nginx = await startTestNginx({ serving: 'BY_NAME' });
  ca = await makeCa();
  [site, wild] = [
    await ca.issue({ names: ['site.example', 'www.site.example', LONG, MANY] }),
    await ca.issue({ names: ['*.wild.example'] }),
  ];
  await installOnNginx(
    nginx.installer,
    putAt(nginx, {
      'site.example': [site],
      'www.site.example': [site],
      [LONG]: [site],
      [MANY]: [site],
      '*.wild.example': [wild],
      'own.wild.example': [await ca.issue({ names: ['own.wild.example'] })],
    }),
  );
  neutral = await shown('neutral.invalid');
});
afterAll(() => nginx.stop());

describe('the name of a handshake', () => {
  it.each([
    ['in small letters', 'site.example', 'site'],
    ['in capitals', 'SITE.EXAMPLE', 'site'],
    ['in both', 'www.sItE.ExamplE', 'site'],
    ['with the dot of its root', 'site.example.', 'site'],
    ['with many capitals of each kind', LONG.toUpperCase(), 'site'],
    ['one label below a wildcard', 'any.wild.example', 'wild'],
    ['the same, in capitals', 'ANY.WILD.example', 'wild'],
    ['two labels below it', 'a.b.wild.example', 'neutral'],
    ['a wildcard without its label', 'wild.example', 'neutral'],
    ['nobody’s', 'unknown.example', 'neutral'],
    ['absent', undefined, 'neutral'],
    ['an address', '127.0.0.1', 'neutral'],
    ['a path', '../site.example', 'neutral'],
    ['a path into the tree', '../../../../neutral.pem', 'neutral'],
    ['a shard', 'si', 'neutral'],
    ['with a variable', '$hostseal_exact', 'neutral'],
    ['with more than 16 of one capital letter', MANY.toUpperCase(), 'neutral'],
  ])('%s (%s) is shown the certificate of: %s', async (_, name, whose) => {
    expect(await shown(name)).toBe({ site: site.fingerprint, wild: wild.fingerprint, neutral }[whose]);
  });

  it('is looked up without a line in the log of nginx, whatever it is', async () => {
    expect(await readFile(join(nginx.directory, 'error.log'), 'utf8')).not.toContain('realpath');
  });
});

describe('a request', () => {
  it.each([
    ['for its own name', 'site.example', 'site.example', 404, 'No content'],
    ['in capitals and with a port', 'SITE.example', 'Site.Example:443', 404, 'No content'],
    ['for another name of the same wildcard', 'a.wild.example', 'b.wild.example', 404, 'No content'],
    ['for a bound name, with the certificate of another', 'www.site.example', 'site.example', 421, 'another name'],
    ['for the name of a wildcard alone', 'a.wild.example', 'wild.example', 421, 'another name'],
    ['for two labels below a wildcard', 'a.wild.example', 'a.b.wild.example', 421, 'another name'],
    ['for a name that is not bound', 'site.example', 'evil.example', 421, 'another name'],
    ['after an unknown name in the handshake', 'unknown.example', 'site.example', 421, 'Nothing is served'],
    ['after none', '', 'site.example', 421, 'Nothing is served'],
  ])('%s (%s, then %s) gets %i', async (_, sni, host, status, text) => {
    const socket = await secureConnection(https(), sni, { ALPNProtocols: ['http/1.1'] });
    const answer = await exchange(socket, host);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*${text}`));
  });

  it.each([
    ['site.example', 308],
    ['any.wild.example', 308],
    ['unknown.example', 404],
    ['wild.example', 404],
  ])('without TLS for %s gets %i', async (host, status) => {
    const { address, httpPort } = nginx.listeners[0];
    const answer = await exchange(connect(httpPort, address), host);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    if (status === 308) expect(answer).toContain(`Location: https://${host}:${https().port}/a?b=c\r\n`);
  });
});

it('adds, changes, removes and takes back sites without a reload, and a pair with one reload once', async () => {
  const workers = await workersOf(nginx);
  const [old, fresh] = [await ca.issue({ names: ['new.example'] }), await ca.issue({ names: ['new.example'] })];
  await installOnNginx(nginx.installer, putAt(nginx, { 'new.example': [old] }));
  const generation = await installOnNginx(nginx.installer, putAt(nginx, { 'new.example': [fresh] }));
  expect(await shown('new.example')).toBe(fresh.fingerprint);
  unwrap(await nginx.installer.undo(generation, 1));
  expect(await shown('new.example')).toBe(old.fingerprint);
  const key = putAt(nginx, { 'new.example': [old] }).put[0]!.key;
  await installOnNginx(nginx.installer, { put: [], remove: [key] });
  expect(await shown('new.example')).toBe(neutral);
  expect(await workersOf(nginx)).toEqual(workers);

  const rsa = await ca.issue({ names: ['pair.example', 'pair2.example'], algorithm: 'RSA' });
  await installOnNginx(nginx.installer, putAt(nginx, { 'pair.example': [await ca.issue({ names: ['pair.example'] }), rsa] }));
  const reloaded = await workersOf(nginx);
  expect(reloaded).not.toEqual(workers);
  await installOnNginx(nginx.installer, putAt(nginx, { 'pair2.example': [await ca.issue({ names: ['pair2.example'] }), rsa] }));
  expect(await workersOf(nginx)).toEqual(reloaded);
  expect(await shown('site.example')).toBe(site.fingerprint);
  expect((await handshake(https(), 'pair2.example', { sigalgs: 'RSA-PSS+SHA256' })).fingerprint).toBe(rsa.fingerprint);
});

it('lets the group of its workers read certificates and their keys, and nobody else', async () => {
  const [id] = unwrap(await nginx.host.list('certificates' as never));
  const modeOf = async (path: string) => {
    const { mode, gid } = await stat(join(nginx.place.tree, path));
    return { mode: (mode & 0o777).toString(8), ofRoot: gid === 0 };
  };
  const ofWorkers = { mode: '640', ofRoot: process.getuid?.() !== 0 && process.getgid?.() === 0 };
  expect([await modeOf(`certificates/${id}`), await modeOf('neutral.pem')]).toEqual([ofWorkers, ofWorkers]);
  const [generation] = unwrap(await nginx.host.list('generations' as never));
  expect((await modeOf(`generations/${generation}`)).mode).toBe('600');
});

it('a link that somebody added or turned is put right by the next reload', async () => {
  const { address, httpsPort } = nginx.listeners[0];
  const folder = join(nginx.place.tree, 'names', `${address}_${httpsPort}`, 'exact', 'si');
  await unlink(join(folder, 'site.example'));
  await symlink('/nowhere', join(folder, 'site.example'));
  await symlink('../../../../neutral.pem', join(folder, 'sixth.example'));
  expect(await shown('site.example')).toBe(neutral);
  unwrap(await nginx.installer.reload(1));
  expect(await shown('site.example')).toBe(site.fingerprint);
  expect(unwrap(await nginx.host.list(`names/${address}_${httpsPort}/exact/si` as never))).toEqual(['site.example', 'www.site.example']);
});

it('does not change its way while it serves sites', async () => {
  const files = nginx.another({ serving: 'FILES' });
  const change = putAt(nginx, { 'site.example': [site] });
  expect(await files.stage(change, 1)).toMatchObject({
    problem: { code: 'SERVER_REFUSED', facts: { detail: expect.stringContaining('only while it serves none') } },
  });
  const name = 'site.example' as CertificateName;
  const three = { ...change.put[0]!, key: { ...change.put[0]!.key, name }, certificates: Array(3).fill(change.put[0]!.certificates[0]!) };
  expect(await nginx.installer.stage({ put: [three], remove: [] }, 1)).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
});

it('a site of the administrator at our address answers as before', async () => {
  const whole = await readFile(nginx.place.mainConfiguration, 'utf8');
  const theirs = await ca.issue({ names: ['theirs.example'] });
  const file = join(nginx.directory, 'theirs.pem');
  await writeFile(file, theirs.keyPem + theirs.chainPem);
  const server = `server { listen ${https().address}:${https().port} ssl; server_name theirs.example; ssl_certificate ${file}; ssl_certificate_key ${file}; }`;
  await writeFile(nginx.place.mainConfiguration, whole.replace('access_log off;', `access_log off; ${server}`));
  unwrap(await nginx.installer.reload(1));
  expect([await shown('theirs.example'), await shown('site.example')]).toEqual([theirs.fingerprint, site.fingerprint]);
  expect(unwrap(await nginx.installer.found())).toEqual([
    {
      ...{ names: ['theirs.example'], listens: [https()], file: nginx.place.mainConfiguration },
      ...{ certificate: file, chain: theirs.chainPem, keyReadable: true },
    },
  ]);
  await writeFile(nginx.place.mainConfiguration, whole);
});

async function exchange(socket: NodeJS.ReadWriteStream, host: string): Promise<string> {
  socket.write(`GET /a?b=c HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
