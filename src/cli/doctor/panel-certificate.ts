/** What the panel shows to those who call it: a real handshake with each address that the edge shall listen on. */
import fs from 'node:fs';
import { makeProber } from '../../adapters/network/probe/prober.js';
import { publicRoots } from '../../adapters/network/public-roots.js';
import { prove } from '../../cores/tls/proof.js';
import type { Config } from '../../platform/config/config.js';
import type { HomeLayout } from '../../platform/config/home-layout.js';
import { SystemRandom } from '../../platform/random.js';
import type { Clock } from '../../values/clock.js';
import { toIso } from '../../values/instant.js';
import { daysLeft } from '../days-left.js';
import { EXIT } from '../exit-codes.js';
import { readRoots } from '../files.js';
import { openDialer, rootFileOf } from '../platform/find-platform.js';
import { broken, fine, type Finding } from './finding.js';

const HANDSHAKE_MS = 5_000;

export async function examinePanelCertificate(
  { listen, httpsPort, hostname }: Config,
  layout: HomeLayout,
  clock: Clock,
): Promise<Finding[]> {
  const prober = makeProber({ dialer: openDialer, clock, random: new SystemRandom(), timeoutMs: HANDSHAKE_MS });
  const roots = trustedRoots(rootFileOf(layout));
  const observations = await Promise.all(listen.map((address) => prober.observe({ address, port: httpsPort, servername: hostname })));
  return observations.map((observation) => {
    const now = clock.now();
    const proof = prove(observation, { name: hostname, roots }, now);
    const check = 'panel certificate';
    if (observation.failure) return broken(check, EXIT.OUT_OF_REACH, observation.failure);
    if (!proof.ok) return broken(check, EXIT.FAILED, proof.problem);
    const notAfter = toIso(proof.value.chain[0]!.notAfter);
    const { address, port } = observation.target;
    return fine(check, `${hostname} is proven at ${address} port ${port}, until ${notAfter} (${daysLeft(notAfter, now)} days left).`);
  });
}

/** DER. The public ones, and the built-in CA's where it is there: its file is written at the end of the first start. */
function trustedRoots(rootFile: string): Uint8Array[] {
  const own = fs.existsSync(rootFile) ? readRoots(rootFile) : undefined;
  return [...(own?.ok ? own.value : []), ...publicRoots()];
}
