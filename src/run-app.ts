/** From the supervisor's handover to a process that works, and back down in order. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { readPublicRootsFrom } from './adapters/network/public-roots.js';
import { ISSUERS, type Issuer } from './adapters/issuers/issuer.js';
import { ensureAdministrator, ensureAdminToken } from './administrator.js';
import type { Parts } from './app.module.js';
import { createApp } from './create-app.js';
import { Accounts } from './features/accounts/accounts.service.js';
import { ApiTokens } from './features/accounts/api-tokens.service.js';
import { Catalog } from './features/catalog/catalog.service.js';
import type { Site } from './features/sites/site.js';
import { describeApi, describeHandshake } from './greeting.js';
import { productOf } from './panel.js';
import { PanelProof } from './panel-proof.js';
import { PanelSecurity } from './panel-security.js';
import { SystemClock } from './platform/clock.js';
import { openAcmeDirectories } from './platform/config/acme-files.js';
import { onSupervisorGone, receiveHandover, tellPerson, tellProblem, tellWorks, type Started } from './platform/config/handover.js';
import type { FaultPoints } from './platform/fault-points.js';
import { Jobs } from './platform/jobs/jobs.service.js';
import { createLog } from './platform/log/log.js';
import { LogFile } from './platform/log/log-file.js';
import { LOG_LIMITS } from './platform/log/rotation.js';
import { SystemRandom } from './platform/random.js';
import { openServersHere } from './opened-servers.js';
import { openVault } from './platform/vault/open-vault.js';
import { Vault } from './platform/vault/vault.service.js';
import { messageOf, remedyOf } from './values/problems/catalogue.js';
import { problem, type Problem } from './values/problems/problem.js';
import { toPem } from './values/pem.js';
import { err, ok, unwrap, type Result } from './values/result.js';

/** How long the first start waits for its proof before it says so; the work goes on behind it. */
const PROOF_WAIT_MS = 60_000;
const PROOF_POLL_MS = 100;

export async function runApp({ faults }: { faults: FaultPoints }): Promise<void> {
  const started = await receiveHandover();
  const { config } = started;
  const parts = await partsOf(started, faults);
  if (!parts.ok) return giveUp(parts.problem);
  const app = await createApp(parts.value, { behindEdge: config.apiListen === undefined });
  stopOnSignal(app);

  const jobs = app.get(Jobs);
  await jobs.open();
  await app.get(Catalog).ensureShipped();
  const admin = await ensureAdministrator(app.get(Accounts));
  if (config.role !== 'worker') {
    await ensureAdminToken(started.layout.adminTokenFile, admin, app.get(ApiTokens), parts.value.clock.now());
    const listening = await listen(app, started);
    if (!listening.ok) return giveUp(listening.problem);
  }
  for (const lack of parts.value.acmeDirectories.flatMap(({ lacks }) => lacks)) tellPerson(sentence(lack));
  if (config.role === 'all') await welcome(app, jobs, started, parts.value);
  else {
    if (config.role === 'worker') await work(jobs);
    if (config.role === 'api') tellPerson(`The administrator's token is in ${started.layout.adminTokenFile}.`);
    tellWorks();
    tellPerson(`${config.role} is ready`);
  }
  await reseal(app.get(Vault), parts.value);
}

async function giveUp(problem: Problem): Promise<never> {
  await tellProblem(problem);
  process.exit(1);
}

async function partsOf({ config, layout, helperFolder }: Started, faults: FaultPoints): Promise<Result<Parts>> {
  const random = new SystemRandom();
  const { databaseUrl } = config;
  readPublicRootsFrom(layout.publicRootsFile);
  const vaultKeys = await openVault({ file: layout.vaultKeyFile, databaseUrl, random, mayMake: config.role === 'all' });
  if (!vaultKeys.ok) return vaultKeys;
  const acme = openAcmeDirectories(layout.acme, config.acme.directories);
  if (!acme.ok) return err(acme.problem[0]!);
  const servers = await openServersHere(config);
  if (!servers.ok) return servers;
  return ok({
    ...{ config, random, faults, databaseUrl, clock: new SystemClock(), vaultKeys: vaultKeys.value },
    log: createLog(
      config.log === 'stdout' ? standardOutput() : new LogFile(path.join(layout.logs, 'hostseal.log'), LOG_LIMITS, tellPerson),
    ),
    holder: `${os.hostname()}:${process.pid}:${Buffer.from(random.bytes(4)).toString('hex')}`,
    claimLease: config.claim,
    acmeDirectories: acme.value,
    edgeControlSocket: layout.edgeControlSocket,
    ...servers.value,
    ...(helperFolder !== undefined && { helperFolder }),
  });
}

/** Whoever reads it may have gone, or its disk may be full: no reason to stop. */
const standardOutput = () => pino.destination(1).on('error', () => undefined);

/** PORT_IN_USE for HOSTSEAL_API_LISTEN. */
async function listen(app: NestFastifyApplication, { config, layout }: Started): Promise<Result<void>> {
  const fastify = app.getHttpAdapter().getInstance();
  if (config.apiListen) {
    const { address, port } = config.apiListen;
    try {
      await fastify.listen({ host: address, port });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      return err(problem('PORT_IN_USE', { address, port, variable: 'HOSTSEAL_API_LISTEN' }));
    }
    return ok(undefined);
  }
  rmSync(layout.apiSocket, { force: true }); // of a process that was killed; the home is locked, so it is nobody's
  await fastify.listen({ path: layout.apiSocket });
  chmodSync(layout.apiSocket, 0o600);
  return ok(undefined);
}

/** Secures the panel, waits for the proof, and tells the person in front of the screen. */
async function welcome(app: NestFastifyApplication, jobs: Jobs, { config, layout }: Started, parts: Parts): Promise<void> {
  const site = await app.get(PanelSecurity).ensure();
  await work(jobs);
  tellWorks();
  if (!site.ok) {
    tellPerson(`${config.hostname} cannot be secured: ${sentence(site.problem)}`);
    return;
  }
  await untilServed(app.get(PanelProof), site.value);
  // The built-in CA's certificate may be there by now, and that of the default issuer is ordered.
  await app.get(PanelSecurity).ensure();
  await untilServed(app.get(PanelProof), site.value);
  const seen = await app.get(PanelProof).look(site.value);
  for (const handshake of seen) describeHandshake(handshake).forEach(tellPerson);
  if (seen.some(({ problem }) => problem) || seen.length === 0)
    tellPerson(`${config.hostname} is not proven yet; it goes on being tried. See ${layout.logs}.`);
  const lack = await app.get(PanelProof).lack(site.value);
  if (lack) tellPerson(`The certificate that was ordered for ${config.hostname} is not there yet: ${sentence(lack)}`);
  const url = `https://${config.hostname}:${config.httpsPort}/graphql`;
  const rootFile = await writeRoots(app, parts, layout.home);
  const signedBy = await app.get(PanelProof).signedBy(site.value);
  const isPublic = parts.acmeDirectories.some(({ id, roots }) => id === signedBy && !roots);
  describeApi(url, layout.adminTokenFile, isPublic ? undefined : rootFile).forEach(tellPerson);
  tellPerson(`ready ${url}`);
}

async function work(jobs: Jobs): Promise<void> {
  await jobs.work();
  await jobs.lookAround();
}

/** At the first start the panel's certificate takes a while. */
async function untilServed(panel: PanelProof, site: Site): Promise<void> {
  const clock = new SystemClock();
  const until = clock.now() + PROOF_WAIT_MS;
  while (!(await panel.isServed(site)) && clock.now() < until) await new Promise((resolve) => setTimeout(resolve, PROOF_POLL_MS));
}

/** The built-in CA's root, and those of a private CA that the panel's certificate may come from, for those who call the API. */
async function writeRoots(app: NestFastifyApplication, { config, acmeDirectories }: Parts, home: string): Promise<string> {
  const localCa = app.get<readonly Issuer[]>(ISSUERS).find(({ manifest }) => manifest.id === 'local-ca');
  const { issuerId } = unwrap(await app.get(Catalog).byCode(productOf(config)));
  const privateRoots = acmeDirectories.find(({ id }) => id === issuerId)?.roots ?? [];
  const roots = [...unwrap(await localCa!.trustAnchors()), ...privateRoots];
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
