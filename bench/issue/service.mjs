/**
 * Hostseal as it is built, in a process of its own, with one CA: an ACME directory. issue.bench.ts starts it, so that its processor time is its own.
 * Nothing can be installed on its server: what is measured ends with the stored certificate, as with the peers, and the edge only shows challenges.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { ensureAdministrator, ensureAdminToken } from '../../dist/administrator.js';
import { createApp } from '../../dist/create-app.js';
import { Accounts } from '../../dist/features/accounts/accounts.service.js';
import { ApiTokens } from '../../dist/features/accounts/api-tokens.service.js';
import { Catalog } from '../../dist/features/catalog/catalog.service.js';
import { PanelServer } from '../../dist/panel-server.js';
import { SystemClock } from '../../dist/platform/clock.js';
import { openAcmeDirectories } from '../../dist/platform/config/acme-files.js';
import { parseConfig } from '../../dist/platform/config/config.js';
import { noFaults } from '../../dist/platform/fault-points.js';
import { Jobs } from '../../dist/platform/jobs/jobs.service.js';
import { LogFile } from '../../dist/platform/log/log-file.js';
import { createLog } from '../../dist/platform/log/log.js';
import { LOG_LIMITS } from '../../dist/platform/log/rotation.js';
import { SystemRandom } from '../../dist/platform/random.js';
import { newKeyLine, parseVaultKeys } from '../../dist/platform/vault/key-file.js';
import { problem } from '../../dist/values/problems/problem.js';
import { err, unwrap } from '../../dist/values/result.js';
import { Secret } from '../../dist/values/secret.js';

const [{ env, databaseUrl, edgeControlSocket }] = await once(process, 'message');
const [clock, random] = [new SystemClock(), new SystemRandom()];
const config = unwrap(parseConfig(env, env.HOSTSEAL_HOME));
/** Shows challenges, and takes no certificate. */
function onlyChallenges(usual) {
  const refuse = async () => err(problem('SERVER_UNREACHABLE', { server: 'this machine', detail: 'nothing is installed here' }));
  return {
    drives: (kind) => usual.drives(kind),
    of(server) {
      const found = usual.of(server);
      if (!found.ok) return found;
      const presentChallenge = (...file) => found.value.presentChallenge(...file);
      const removeChallenge = (...file) => found.value.removeChallenge(...file);
      return { ok: true, value: { presentChallenge, removeChallenge, capabilities: refuse, inventory: refuse, stage: refuse } };
    },
  };
}

const app = await createApp(
  {
    ...{ config, clock, random, edgeControlSocket, databaseUrl: Secret.of(databaseUrl), faults: noFaults },
    log: createLog(new LogFile(path.join(config.home, 'hostseal.log'), LOG_LIMITS, () => undefined)),
    vaultKeys: unwrap(parseVaultKeys(newKeyLine(random), 'vault.key')),
    holder: `bench:${process.pid}:${randomBytes(4).toString('hex')}`,
    claimLease: config.claim,
    acmeDirectories: unwrap(openAcmeDirectories(path.join(config.home, 'acme'), config.acme.directories)),
    installers: onlyChallenges,
  },
  { behindEdge: false },
);
const jobs = app.get(Jobs);
await jobs.open();
await app.get(Catalog).ensureShipped();
const admin = await ensureAdministrator(app.get(Accounts));
unwrap(await app.get(PanelServer).ensure(admin));
const tokenFile = path.join(config.home, 'admin-token');
await ensureAdminToken(tokenFile, admin, app.get(ApiTokens), clock.now());
await jobs.work();
const url = await app.getHttpAdapter().getInstance().listen({ host: '127.0.0.1', port: 0 });
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send({ url, tokenFile });
