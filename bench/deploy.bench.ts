/** One more site beside many: from "certificate stored" to "proven by handshake", with the whole service and the embedded edge. */
import { readFileSync } from 'node:fs';
import { it } from 'vitest';
import { startTestApp } from '../test/support/app.js';
import { rows } from '../test/support/database.js';
import { installOn, startTestEdge } from '../test/support/edge.js';
import { makeCa } from '../test/support/pki/certificates.js';
import { addDomain, createSite, orderIs, placeOrder } from '../test/support/story.js';
import { waitFor } from '../test/support/suite/wait-for.js';
import { print } from './figure.js';

const SAMPLES = 20;
/** Certificates that those beside share: as many folders on the edge's disk. */
const CERTIFICATES_EVERY = 10;

for (const beside of [100, 1_000, 10_000]) {
  it(`one more beside ${beside}`, { timeout: 900_000 }, async () => {
    const edge = await startTestEdge();
    const ca = await makeCa();
    for (let done = 0; done < beside; done += 500) {
      const size = Math.min(500, beside - done);
      const shared = await Promise.all(
        Array.from({ length: Math.ceil(size / CERTIFICATES_EVERY) }, () => ca.issue({ names: ['*.beside.localhost'] })),
      );
      const sites = Array.from({ length: size }, (_, index) => ({
        name: `f${done + index}.beside.localhost`,
        certificates: [shared[Math.floor(index / CERTIFICATES_EVERY)]!],
      }));
      await installOn(edge, sites);
    }
    const app = await startTestApp({ edge });
    try {
      await addDomain(app.asAdmin);
      const first = await createSite(app.asAdmin, 'first.localhost');
      await orderIs(app.asAdmin, await placeOrder(app.asAdmin, first), 'ISSUED');
      const proven = (id: string) =>
        waitFor('it to be proven', async () => {
          const { site } = await app.asAdmin(`query ($id: ID!) { site(id: $id) { security { state } } }`, { id });
          return site.security.state === 'SECURE';
        });
      await proven(first);
      await rows(
        app.database.url,
        `INSERT INTO bindings (id, account_id, site_id, server_id, address_id, ip, port, name, certificate_id, updated_at, settled)
         SELECT 'bnd_beside' || i, account_id, 'sit_beside' || i, server_id, address_id, ip, port, 'f' || i || '.beside.localhost', certificate_id, now(), true
         FROM (SELECT * FROM bindings WHERE name = 'first.localhost' LIMIT 1) AS one, generate_series(0, $1 - 1) AS i`,
        [beside],
      );
      // Looked at just now: what a sweep costs is another figure.
      await rows(
        app.database.url,
        `INSERT INTO observations (id, account_id, binding_id, occasion, at, record)
         SELECT 'obs' || substr(id, 4), account_id, id, 'CHECK', now() + interval '1 hour', '{}' FROM bindings WHERE id LIKE 'bnd_beside%'`,
      );
      await rows(app.database.url, 'ANALYZE');
      await rows(app.database.url, `CREATE FUNCTION ms(interval) RETURNS float LANGUAGE sql AS 'SELECT extract(epoch FROM $1) * 1000'`);
      const edgePid = await edge.pid();
      const used = () => ({ ours: process.cpuUsage(), edge: ticksOf(edgePid) });
      const before = used();
      for (let round = 0; round < SAMPLES; round++) {
        const id = await createSite(app.asAdmin, `more${round}.localhost`);
        await orderIs(app.asAdmin, await placeOrder(app.asAdmin, id), 'ISSUED');
        await proven(id);
      }
      const after = used();
      const spans = await rows<Record<string, number>>(
        app.database.url,
        `SELECT ms(d.finished_at - c.created_at) AS proven, ms(o.handed_on_at - c.created_at) AS bound, ms(d.created_at - o.handed_on_at) AS planned,
           ms(step.at[1] - d.created_at) AS stage, ms(step.at[2] - step.at[1]) AS rehearse, ms(step.at[3] - step.at[2]) AS apply,
           ms(step.at[4] - step.at[3]) AS prove
         FROM certificates c JOIN orders o ON o.certificate_id = c.id JOIN bindings b ON b.certificate_id = c.id AND b.name LIKE 'more%'
         JOIN LATERAL (SELECT * FROM deployments WHERE state = 'SERVED' AND changes->'changes' @>
           jsonb_build_array(jsonb_build_object('bindingId', b.id)) ORDER BY id LIMIT 1) AS d ON true
         JOIN LATERAL (SELECT array_agg(at ORDER BY id) AS at FROM deployment_events WHERE deployment_id = d.id AND step <> 'plan') AS step ON true`,
      );
      const none = { missing: 'no peer goes that far' };
      const figure = `one more beside ${beside}`;
      for (const part of ['proven', 'bound', 'planned', 'stage', 'rehearse', 'apply', 'prove'])
        print(
          `${figure}: ${part === 'proven' ? 'stored to proven' : `of that, ${part}`}`,
          'ms',
          spans.map((span) => Number(span[part])),
          none,
        );
      const cpu = (after.ours.user + after.ours.system - before.ours.user - before.ours.system) / 1000 / SAMPLES;
      print(`${figure}: processor time of the service, with its order and who asks for it`, 'ms', [cpu], none);
      print(`${figure}: processor time of the edge`, 'ms', [((after.edge - before.edge) * 10) / SAMPLES], none);
      print(`${figure}: memory of the service, with the bench`, 'MB', [process.memoryUsage.rss() / 2 ** 20], none);
      print(`${figure}: memory of the edge`, 'MB', [residentOf(edgePid) / 1024], none);
    } finally {
      await app.close();
      await edge.stop();
    }
  });
}

/** Of 10 ms each (proc(5)): user and system. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** kB. */
const residentOf = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
