/** From the supervisor's handover to a process that works, and back down in order. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { ISSUERS, type Issuer } from './adapters/issuers/issuer.js';
import { ensureAdministrator, ensureAdminToken } from './administrator.js';
import type { Parts } from './app.module.js';
import { createApp } from './create-app.js';
import { Accounts } from './features/accounts/accounts.service.js';
import { ApiTokens } from './features/accounts/api-tokens.service.js';
import { Catalog } from './features/catalog/catalog.service.js';
import type { SeenHandshake } from './features/deployments/seen-handshake.js';
import type { Site } from './features/sites/site.js';
import { describeApi, describeHandshake } from './greeting.js';
import { PanelSecurity } from './panel-security.js';
import { SystemClock } from './platform/clock.js';
import { onSupervisorGone, receiveHandover, tellPerson, type Started } from './platform/config/handover.js';
import type { FaultPoints } from './platform/fault-points.js';
import { Jobs } from './platform/jobs/jobs.service.js';
import { createLog } from './platform/log/log.js';
import { SystemRandom } from './platform/random.js';
import { loadVaultKeys } from './platform/vault/key-file.js';
import { Vault } from './platform/vault/vault.service.js';
import { messageOf, remedyOf } from './values/problems/catalogue.js';
import type { Problem } from './values/problems/problem.js';
import { toPem } from './values/pem.js';
import { unwrap } from './values/result.js';

/** How long the first start waits for its proof before it says so; the work goes on behind it. */
const PROOF_WAIT_MS = 60_000;
const PROOF_POLL_MS = 100;

export async function runApp({ faults }: { faults: FaultPoints }): Promise<void> {
  const started = await receiveHandover();
  const { config } = started;
  const parts = partsOf(started, faults);
  if (!parts) process.exit(1);
  const app = await createApp(parts, { behindEdge: config.apiListen === undefined });
  stopOnSignal(app);

  const jobs = app.get(Jobs);
  await jobs.open();
  await app.get(Catalog).ensureShipped();
  const admin = await ensureAdministrator(app.get(Accounts));
  if (config.role !== 'worker') {
    await ensureAdminToken(started.layout.adminTokenFile, admin, app.get(ApiTokens), parts.clock.now());
    await listen(app, started);
  }
  if (config.role === 'all') await welcome(app, jobs, started);
  else {
    if (config.role === 'worker') await work(jobs);
    if (config.role === 'api') tellPerson(`The administrator's token is in ${started.layout.adminTokenFile}.`);
    tellPerson(`${config.role} is ready`);
  }
  await reseal(app.get(Vault), parts);
}

function partsOf({ config, layout }: Started, faults: FaultPoints): Parts | undefined {
  const random = new SystemRandom();
  const vaultKeys = loadVaultKeys(layout.vaultKeyFile, random);
  if (!vaultKeys.ok) {
    tellPerson(sentence(vaultKeys.problem));
    return undefined;
  }
  const destination =
    config.log === 'stdout'
      ? pino.destination(1)
      : pino.destination({ dest: path.join(layout.logs, 'hostseal.log'), sync: true, mode: 0o600 });
  return {
    ...{ config, random, faults, clock: new SystemClock(), log: createLog(destination), vaultKeys: vaultKeys.value },
    databaseUrl: config.databaseUrl,
    holder: `${os.hostname()}:${process.pid}:${Buffer.from(random.bytes(4)).toString('hex')}`,
    claimLease: config.claim,
    edgeControlSocket: layout.edgeControlSocket,
  };
}

async function listen(app: NestFastifyApplication, { config, layout }: Started): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  if (config.apiListen) {
    await fastify.listen({ host: config.apiListen.address, port: config.apiListen.port });
    return;
  }
  rmSync(layout.apiSocket, { force: true }); // of a process that was killed; the home is locked, so it is nobody's
  await fastify.listen({ path: layout.apiSocket });
  chmodSync(layout.apiSocket, 0o600);
}

/** Secures the panel, waits for the proof, and tells the person in front of the screen. */
async function welcome(app: NestFastifyApplication, jobs: Jobs, { config, layout }: Started): Promise<void> {
  const panel = app.get(PanelSecurity);
  const site = await panel.ensure();
  await work(jobs);
  if (!site.ok) {
    tellPerson(`${config.hostname} cannot be secured: ${sentence(site.problem)}`);
    return;
  }
  const seen = await proof(panel, site.value);
  for (const handshake of seen) describeHandshake(handshake).forEach(tellPerson);
  if (seen.some(({ problem }) => problem) || seen.length === 0)
    tellPerson(`${config.hostname} is not proven yet; it goes on being tried. See ${layout.logs}.`);
  const url = `https://${config.hostname}:${config.httpsPort}/graphql`;
  describeApi(url, layout.adminTokenFile, await writeRoots(app, layout.home)).forEach(tellPerson);
  tellPerson(`ready ${url}`);
}

async function work(jobs: Jobs): Promise<void> {
  await jobs.work();
  await jobs.lookAround();
}

/** The handshakes that prove the panel, made now; at the first start as soon as its certificate is there. */
async function proof(panel: PanelSecurity, site: Site): Promise<readonly SeenHandshake[]> {
  const clock = new SystemClock();
  const until = clock.now() + PROOF_WAIT_MS;
  for (;;) {
    const bound = await panel.isServed(site);
    if (bound || clock.now() > until) return panel.look(site);
    await new Promise((resolve) => setTimeout(resolve, PROOF_POLL_MS));
  }
}

/** The built-in CA's root, for those who call the API. */
async function writeRoots(app: NestFastifyApplication, home: string): Promise<string> {
  const [localCa] = app.get<readonly Issuer[]>(ISSUERS);
  const roots = unwrap(await localCa!.trustAnchors());
  const file = path.join(home, 'root.pem');
  writeFileSync(file, roots.map((der) => toPem('CERTIFICATE', der)).join(''), { mode: 0o644 });
  return file;
}

/** After a rotation of the vault's key: what older keys sealed is sealed again. */
async function reseal(vault: Vault, { log }: Parts): Promise<void> {
  const { resealed, broken } = await vault.reseal();
  if (resealed > 0) log.info({ resealed }, 'secrets sealed again with the newest key');
  if (broken.length > 0) log.error({ broken }, 'sealed secrets that no key of the key file opens');
}

function stopOnSignal(app: NestFastifyApplication): void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void app.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  onSupervisorGone(stop);
}

const sentence = (problem: Problem): string => `${messageOf(problem)} ${remedyOf(problem)}`;
