/** The `hostseal` command as a person and a script meet it: the built program against a platform that really runs. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/suite/free-port.js';
import { waitFor } from '../support/suite/wait-for.js';

const SUPERVISOR = path.resolve('dist/supervisor/main.js');
const HOSTSEAL = path.resolve('bin/hostseal');

type Ended = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

describe('the hostseal command', { timeout: 120_000 }, () => {
  let folder: string;
  let env: Record<string, string>;
  let supervisor: ChildProcess;

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-cli-'));
    fs.chmodSync(folder, 0o755); // where root runs the tests, the platform becomes a user that has to get there
    const ports = { HOSTSEAL_HTTP_PORT: `${await freePort()}`, HOSTSEAL_HTTPS_PORT: `${await freePort()}` };
    env = { PATH: process.env['PATH'] ?? '', HOSTSEAL_HOME: path.join(folder, 'home'), HOSTSEAL_LISTEN: '127.0.0.1', ...ports };
    supervisor = await startPlatform();
  }, 120_000);
  afterAll(async () => {
    await stopPlatform();
    fs.rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function startPlatform(): Promise<ChildProcess> {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SUPERVISOR], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line.startsWith('ready ')) {
        child.stdout.resume();
        return child;
      }
    }
    throw new Error(`the platform ended, and said:\n${lines.join('\n')}`);
  }

  async function stopPlatform(): Promise<void> {
    if (!supervisor || supervisor.exitCode !== null) return;
    supervisor.kill('SIGTERM');
    await once(supervisor, 'close');
  }

  /** With `more` beside or instead of the platform's own environment. */
  const hostseal = (args: readonly string[], more: Record<string, string> = {}): Promise<Ended> =>
    new Promise((resolve) => {
      const child = execFile(HOSTSEAL, [...args], { env: { ...env, ...more } }, (_, stdout, stderr) =>
        resolve({ exitCode: child.exitCode, stdout, stderr }),
      );
    });

  const json = async (...args: readonly string[]) => {
    const { stdout, stderr, exitCode } = await hostseal([...args, '--json']);
    expect(stderr).toBe('');
    return { exitCode, answer: JSON.parse(stdout) };
  };

  /** A file of the tests' own with this token in it. */
  const tokenFile = (token: string): string => {
    const file = path.join(folder, 'a.token');
    fs.writeFileSync(file, token, { mode: 0o600 });
    return file;
  };

  it('secures a name that nobody has heard of, and shows each step of the order and of the handshake', async () => {
    const { exitCode, stdout, stderr } = await hostseal(['secure', 'shop.localhost', 'www.shop.localhost']);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    const steps = ['place', 'makeKey', 'startAtCa', 'present', 'respond', 'finalize', 'download'];
    for (const step of steps) expect(stdout).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{3}  ✓ ${step} `, 'm'));
    for (const name of ['shop.localhost', 'www.shop.localhost']) expect(stdout).toContain(`proven: ${name} at 127.0.0.1:`);
    for (const step of ['1. Client Hello', '2. Server Hello', '3. Certificate', '4. Key exchange', '5. Finished'])
      expect(stdout.split(step)).toHaveLength(3);
    expect(stdout).toMatch(/^shop\.localhost, www\.shop\.localhost: secure, proven by a handshake at each address\.$/m);
    expect(stdout).not.toContain('\u001b'); // nothing for a terminal where there is none
  });

  it('leaves a secure site alone, and renews it when it is told to', async () => {
    const again = await json('secure', 'shop.localhost');
    expect(again).toMatchObject({ exitCode: 0, answer: { outcome: 'SECURE_ALREADY', problem: null } });
    const renewed = await json('secure', 'shop.localhost', '--renew');
    expect(renewed).toMatchObject({ exitCode: 0, answer: { outcome: 'SECURE', site: { id: again.answer.site.id } } });
    expect(renewed.answer.order.id).not.toBe(again.answer.order.id);
    expect(renewed.answer.site.bindings[0].observation.fingerprint).toBe(renewed.answer.order.certificate.fingerprint);
  });

  it('makes one site and one order where two run at once', async () => {
    const [one, other] = await Promise.all([json('secure', 'twice.localhost'), json('secure', 'twice.localhost')]);
    expect([one.exitCode, other.exitCode]).toEqual([0, 0]);
    expect(one.answer.order.id).toBe(other.answer.order.id);
  });

  it('takes an international name in its own script', async () => {
    const { exitCode, stdout } = await hostseal(['secure', 'bücher.localhost']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^bücher\.localhost \(xn--bcher-kva\.localhost\): secure, /m);
    expect((await json('status', '--site', 'BÜCHER.localhost')).answer.sites).toMatchObject([{ names: ['xn--bcher-kva.localhost'] }]);
  });

  it('leaves an order going at Ctrl-C', async () => {
    const child = spawn(HOSTSEAL, ['secure', 'later.localhost'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!said.includes('Order ') && (said + text).includes('Order ')) child.kill('SIGINT');
      said += text;
    });
    expect((await once(child, 'close'))[0]).toBe(130);
    expect(said).toContain('hostseal status --site later.localhost');
    await waitFor(
      'the site to be secure',
      async () => (await json('status', '--site', 'later.localhost')).answer.sites[0].state === 'SECURE',
    );
  });

  it('lists every site with its state, expiry and proof', async () => {
    const { exitCode, answer } = await json('status');
    expect(exitCode).toBe(0);
    expect(answer.platform.ready).toBe(true);
    const names = answer.sites.flatMap((site: { names: string[] }) => site.names);
    expect(names).toEqual(expect.arrayContaining(['localhost', 'shop.localhost', 'xn--bcher-kva.localhost']));
    for (const site of answer.sites) {
      expect(site).toMatchObject({ state: 'SECURE', problem: null });
      expect(Date.parse(site.expiresAt)).toBeGreaterThan(Date.parse(site.provenAt));
    }
    expect((await hostseal(['status'])).stdout).toMatch(/^shop\.localhost \+1 +SECURE +\d{4}-\d\d-\d\d +\d+ /m);
  });

  it('finds nothing wrong with what runs, and the slip in an environment that differs from it', async () => {
    expect(await json('doctor')).toMatchObject({ exitCode: 0, answer: { healthy: true } });
    const elsewhere = await hostseal(['doctor'], { HOSTSEAL_HTTPS_PORT: `${await freePort()}` });
    expect(elsewhere.exitCode).toBe(2);
    expect(elsewhere.stdout).toMatch(/^✗ edge .*HOSTSEAL_HTTPS_PORT.*\[CONFIG_INVALID\]$/m);
  });

  it('says why an order failed and who has to act, and shows the site as not secured', async () => {
    const { exitCode, answer } = await json('secure', 'shop.hostseal.com');
    expect(exitCode).toBe(1);
    expect(answer).toMatchObject({ outcome: 'FAILED', problem: { code: 'NAME_OUTSIDE_CA_CONSTRAINTS', whoActs: 'ADMIN' } });
    const site = await json('status', '--site', 'shop.hostseal.com');
    expect(site).toMatchObject({
      exitCode: 1,
      answer: { sites: [{ state: 'UNKNOWN', problem: { code: 'NAME_OUTSIDE_CA_CONSTRAINTS' } }] },
    });
  });

  describe('ends with the exit code that is promised', () => {
    it.each([
      { name: '1 for a site that is not there', args: ['status', '--site', 'nowhere.localhost'], exitCode: 1, code: 'NO_SUCH_SITE' },
      { name: '1 for a name of another site', args: ['secure', 'new.localhost', 'shop.localhost'], exitCode: 1, code: 'NAME_IN_USE' },
      { name: '2 for a public suffix', args: ['secure', 'co.uk'], exitCode: 2, code: 'NAME_IS_A_PUBLIC_SUFFIX' },
      { name: '2 for an address', args: ['secure', '127.0.0.1'], exitCode: 2, code: 'NAME_IS_AN_IP_ADDRESS' },
      { name: '2 for no name', args: ['secure'], exitCode: 2, code: 'COMMAND_LINE_INVALID' },
      { name: '2 for a file that is not there', args: ['status', '--token-file', '/nowhere'], exitCode: 2, code: 'FILE_UNREADABLE' },
    ])('$name', async ({ args, exitCode, code }) => {
      const ended = await hostseal(args);
      expect(ended).toMatchObject({ exitCode, stdout: expect.not.stringContaining('Order') });
      expect(ended.stderr).toContain(`[${code}]`);
      expect(await json(...args)).toMatchObject({ exitCode, answer: { exitCode, problem: { code } } });
    });

    it('2 for a configuration that cannot be used', async () => {
      const ended = await hostseal(['status'], { HOSTSEAL_HTTPS_PORT: 'https' });
      expect(ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('[CONFIG_INVALID]') });
    });

    it('3 for a home that nothing was started in', async () => {
      const ended = await hostseal(['status'], { HOSTSEAL_HOME: path.join(folder, 'nothing') });
      expect(ended).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('[NEVER_STARTED]') });
    });

    it('3 for a platform whose certificate is not trusted: the token is not sent there', async () => {
      const url = `https://localhost:${env['HOSTSEAL_HTTPS_PORT']}`;
      const ended = await hostseal(['status', '--url', url, '--token-file', tokenFile('x'.repeat(40))]);
      expect(ended).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('[PEER_NOT_AUTHENTICATED]') });
    });

    it('4 for a token that nobody gave out, which is never printed', async () => {
      const wrong = 'hst_wrongwrongwrongwrong';
      const ended = await hostseal(['secure', 'shop.localhost', '--token-file', tokenFile(wrong)]);
      expect(ended).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('[UNAUTHENTICATED]') });
      expect(ended.stdout + ended.stderr).not.toContain(wrong);
    });

    it('3 for a platform that is stopped; the doctor names the first thing that is missing', async () => {
      await stopPlatform();
      const ended = await hostseal(['status']);
      expect(ended).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('[PLATFORM_UNREACHABLE]') });
      const doctor = await json('doctor');
      expect(doctor.exitCode).toBe(3);
      const failed = doctor.answer.findings.filter(({ state }: { state: string }) => state === 'FAILED');
      expect(failed.map(({ check }: { check: string }) => check)).toEqual(['API', 'edge']);
      supervisor = await startPlatform();
      expect((await json('status', '--site', 'shop.localhost')).exitCode).toBe(0);
    });
  });
});
