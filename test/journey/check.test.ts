/** `hostseal check` as a person and a script meet it: the built program, without a platform, against servers that really answer. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCa, type TestCa } from '../support/pki/certificates.js';
import { makeMailServer } from '../simulators/mail-server/mail-server.js';
import { freePort } from '../support/suite/free-port.js';
import { Listeners } from '../support/listen.js';

const HOSTSEAL = path.resolve('bin/hostseal');
const schema = JSON.parse(fs.readFileSync('docs/check.schema.json', 'utf8'));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false }).compile(schema);

type Ended = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

describe('hostseal check', { timeout: 60_000 }, () => {
  let folder: string;
  let roots: string;
  let ca: TestCa;
  let port: number;
  const listeners = new Listeners();

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-check-'));
    ca = await makeCa();
    roots = path.join(folder, 'roots.pem');
    fs.writeFileSync(roots, ca.rootPem);
    const certificate = await ca.issue({ names: ['shop.localhost'] });
    const server = https.createServer({ cert: certificate.chainPem, key: certificate.keyPem }, (_, response) =>
      response.setHeader('strict-transport-security', 'max-age=63072000').end('hello'),
    );
    port = await listeners.listen(server);
  }, 30_000);
  afterAll(async () => {
    await listeners.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const hostseal = (...args: readonly string[]): Promise<Ended> => hostsealWith({}, ...args);
  const hostsealWith = (more: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const env = { PATH: process.env['PATH'] ?? '', HOSTSEAL_HOME: path.join(folder, 'home'), ...more };
      const child = execFile(HOSTSEAL, ['check', ...args], { env, maxBuffer: 8 * 1024 * 1024 }, (_, stdout, stderr) =>
        resolve({ exitCode: child.exitCode, stdout, stderr }),
      );
    });
  /** The document, which always keeps to its schema and says the exit code. */
  const json = async (...args: readonly string[]) => {
    const { stdout, stderr, exitCode } = await hostseal(...args, '--json');
    expect(stderr).toBe('');
    const document = JSON.parse(stdout);
    expect(validate(document) ? [] : validate.errors).toEqual([]);
    expect(document.exitCode).toBe(exitCode);
    return document;
  };
  const here = () => [`shop.localhost:${port}`, '--connect', '127.0.0.1'];

  it('finds nothing wrong with a sound server, and explains both handshakes', async () => {
    const { exitCode, stdout } = await hostseal(...here(), '--roots', roots);
    expect(stdout).toContain('✓ Nothing is wrong.');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/TLS 1\.2 +TLS 1\.3\n/);
    expect(stdout).toMatch(/Round trips +2 +Round trips +1\n/);
    for (const step of ['1. Client Hello', '2. Server Hello', '3. Certificate', '4. Key exchange', '5. Finished'])
      expect(stdout).toContain(step);
    expect(stdout).not.toContain('\u001b');
  });

  it('says all of it in one document', async () => {
    const document = await json(...here(), '--roots', roots);
    expect(document).toMatchObject({ verdict: 'FINE', name: 'shop.localhost', port, findings: [] });
    const [place] = document.addresses;
    expect(place.certificates[0].chain[0].names).toEqual(['shop.localhost']);
    expect(place.handshakes.map(({ version }: { version: string }) => version).toSorted()).toEqual(['TLS 1.2', 'TLS 1.3']);
    expect(document.connections.used).toBeLessThanOrEqual(document.connections.budget);
  });

  it.each([
    { name: 'without the root of its CA, the authority is unknown', more: () => [], cause: 'UNTRUSTED_CA' },
    {
      name: 'at a later time, the certificate has ended',
      more: () => ['--roots', roots, '--at', '2099-01-01T00:00:00Z'],
      cause: 'EXPIRED',
    },
    {
      name: 'with another name, the certificate is not for it',
      more: () => ['--roots', roots, '--sni', 'blog.localhost'],
      cause: 'HOSTNAME_MISMATCH',
    },
  ])('$name', async ({ more, cause }) =>
    expect(await json(...here(), ...more())).toMatchObject({ verdict: 'BROKEN', exitCode: 1, findings: [{ cause, whoActs: 'ADMIN' }] }),
  );

  it('makes one handshake where that is all that is asked', async () => {
    const document = await json(...here(), '--roots', roots, '--sweep');
    expect(document).toMatchObject({ verdict: 'FINE', exitCode: 0, connections: { used: 1, budget: 1 } });
    expect(document.addresses[0].handshake.steps).toHaveLength(5);
  });

  it('makes that one behind STARTTLS as well', async () => {
    const { chainPem, keyPem } = await ca.issue({ names: ['shop.localhost'] });
    const mail = await listeners.listen(makeMailServer({ protocol: 'smtp', certificate: chainPem, key: keyPem }));
    const asked = [`shop.localhost:${mail}`, '--connect', '127.0.0.1', '--roots', roots, '--sweep', '--starttls'];
    expect(await json(...asked, 'smtp')).toMatchObject({ verdict: 'FINE', startTls: 'smtp', connections: { used: 1 } });
    expect(await json(...asked, 'pop3')).toMatchObject({ exitCode: 1, findings: [{ cause: 'STARTTLS_REFUSED' }] });
  });

  it('keeps what Node makes of its files, and goes on without where it cannot', async () => {
    const kept = path.join(folder, 'compiled');
    await hostsealWith({ NODE_COMPILE_CACHE: kept }, ...here(), '--sweep');
    expect(fs.readdirSync(kept)).not.toEqual([]);
    const { exitCode, stderr } = await hostsealWith({ NODE_COMPILE_CACHE: roots }, ...here(), '--sweep', '--roots', roots);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('asks an address without a name', async () => {
    const document = await json(`127.0.0.1:${port}`, '--roots', roots, '--sweep');
    expect(document).toMatchObject({ name: null, verdict: 'FINE', addresses: [{ address: '127.0.0.1' }] });
  });

  it('tells a port where nobody listens from a name that nobody has, and from words that mean nothing', async () => {
    const closed = await freePort();
    const none = path.join(folder, 'none.pem');
    const [refused, unknown, port0, noFile, words] = await Promise.all([
      json(`[::1]:${closed}`),
      json('nobody.invalid'),
      json('shop.localhost:0'),
      json(...here(), '--roots', none),
      hostseal('a b'),
    ]);
    expect(refused).toMatchObject({ exitCode: 1, findings: [{ cause: 'CONNECTION_REFUSED', severity: 'BROKEN' }] });
    expect(unknown).toMatchObject({ exitCode: 2, verdict: 'NOT_CHECKED', addresses: [] });
    expect(port0).toMatchObject({ exitCode: 2, problem: { code: 'NOT_A_PORT' } });
    expect(noFile).toMatchObject({ exitCode: 2, problem: { code: 'FILE_UNREADABLE' } });
    expect(words).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('[NOT_A_HOSTNAME]') });
  });

  it('names the protocol that a server speaks in the place of TLS', async () => {
    const mail = await listeners.listen(
      net.createServer((socket) => socket.on('error', () => undefined).write('220 mail.localhost ESMTP\r\n')),
    );
    expect(await json(`127.0.0.1:${mail}`)).toMatchObject({
      exitCode: 1,
      findings: [{ cause: 'OTHER_PROTOCOL', evidence: { greeting: '220 mail.localhost ESMTP' } }],
    });
  });

  it('shows on a terminal how far it is, and wipes that away again', async () => {
    const typed = [HOSTSEAL, 'check', ...here(), '--roots', roots].join(' ');
    const { stdout } = await new Promise<{ stdout: string }>((resolve) =>
      execFile('script', ['-qec', typed, '/dev/null'], { env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm' } }, (_, text) =>
        resolve({ stdout: text }),
      ),
    );
    expect(stdout).toMatch(/\d+ connections … [\w ]+\r\u001b\[K/);
    expect(stdout).toContain('\u001b[32m✓ Nothing is wrong.');
    expect(stdout.slice(stdout.indexOf('✓'))).not.toContain('\r\u001b[K');
  });

  it('reads roots from a pipe, and waits for none that says nothing, nor for the end of what has none', async () => {
    execFileSync('mkfifo', [path.join(folder, 'silent')]);
    const refusals = [path.join(folder, 'silent'), '/dev/zero', folder].map((file) => json(...here(), '--roots', file));
    for (const refusal of await Promise.all(refusals)) expect(refusal).toMatchObject({ exitCode: 2, problem: { code: 'FILE_UNREADABLE' } });
    const command = `"${HOSTSEAL}" check ${here().join(' ')} --roots <(cat "${roots}")`;
    expect((await promisify(execFile)('bash', ['-c', command])).stdout).toContain('Nothing is wrong.');
  });

  it("believes the public CAs that this machine's platform believes, where one was started here", async () => {
    const home = path.join(folder, 'started');
    fs.mkdirSync(path.join(home, 'trust'), { recursive: true });
    fs.writeFileSync(path.join(home, 'instance-id'), 'f'.repeat(32));
    const causes = async () => {
      const { stdout } = await hostsealWith({ HOSTSEAL_HOME: home }, ...here(), '--sweep', '--json');
      return (JSON.parse(stdout).findings as { cause: string }[]).map(({ cause }) => cause);
    };
    expect(await causes()).toContain('UNTRUSTED_CA');
    fs.writeFileSync(path.join(home, 'trust', 'mozilla.pem'), [...tls.rootCertificates, ca.rootPem].join('\n'));
    expect(await causes()).not.toContain('UNTRUSTED_CA');
  });

  it('tells a mistake of ours from a finding', async () => {
    const mistake =
      'import net from "node:net"; import { syncBuiltinESMExports as s } from "node:module"; net.connect = () => { throw 0 }; s();';
    const options = `--import=data:text/javascript,${encodeURIComponent(mistake)}`;
    const { stdout, exitCode } = await hostsealWith({ NODE_OPTIONS: options }, ...here(), '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 2, problem: { code: 'INTERNAL' } });
  });

  it('ends at Ctrl-C', async () => {
    const reached = Promise.withResolvers<void>();
    const silent = await listeners.listen(
      net.createServer((socket) => void reached.resolve(socket.on('error', () => undefined).resume() && undefined)),
    );
    const child = spawn(HOSTSEAL, ['check', `127.0.0.1:${silent}`], { stdio: ['ignore', 'pipe', 'inherit'] });
    await reached.promise;
    child.kill('SIGINT');
    expect((await once(child, 'close'))[0]).toBe(130);
  });
});
