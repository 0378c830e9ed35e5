/**
 * The doctor in the lab: every server gets the diagnosis that it deserves, and a sound one gets none. That each is broken as it says is told by
 * OpenSSL's client, which shares no code with us.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Limit } from '../../src/adapters/limit.js';
import { CAUSES } from '../../src/cores/tls/diagnosis/diagnosis.js';
import { ALL } from './all-servers.js';
import { visit, type Visit } from './doctor.js';
import { type Lab, type RunningServer, startLab } from './lab.js';
import { known, scanOf } from './peers/scan.js';
import { sslscan } from './peers/sslscan.js';
import { sClient } from './s-client.js';

/** More at once, and a machine of two processors keeps servers waiting that are not slow. */
const AT_ONCE = 12;

describe('in the lab', () => {
  let lab: Lab;
  const visits = new Map<string, Promise<Visit>>();
  beforeAll(async () => {
    lab = await startLab(ALL);
    const limit = new Limit(AT_ONCE);
    // Those that never answer take their time, and nothing else: the others go on beside them.
    for (const server of lab.servers.toReversed())
      visits.set(
        server.label,
        limit.run(() => visit(server, lab)),
      );
  });
  afterAll(async () => {
    await Promise.allSettled(visits.values());
    await lab?.stop();
  });
  const running = (label: string): RunningServer => lab.servers.find((each) => each.label === label)!;

  const shown = ALL.filter(({ witnesses }) => witnesses.length > 0);
  it.concurrent.each(shown)('OpenSSL agrees on $label: $what', async ({ label, witnesses }) => {
    for (const { asked, says } of witnesses) expect(await sClient(running(label), lab.rootsFile, asked), asked.join(' ')).toMatch(says);
  });

  it.each(ALL)('the doctor is right on $label: $what', { timeout: 90_000 }, async ({ label, finds, notes = [] }) => {
    const { found } = await visits.get(label)!;
    const told = found.map(({ cause, severity, whoActs }) => ({ cause, severity, whoActs }));
    expect(told.filter(({ severity }) => severity !== 'NOTE')).toEqual(finds);
    const noted = told.filter(({ severity }) => severity === 'NOTE').map(({ cause }) => cause);
    if (finds.length === 0 && notes.length === 0) expect(noted).toEqual([]);
    expect(noted).toEqual(expect.arrayContaining([...notes]));
  });

  it.each(['intermediate', 'old-policy', 'modern'])('sslscan finds the same versions, suites and groups on %s', async (label) => {
    const ours = scanOf((await visits.get(label)!).check);
    const theirs = await sslscan(running(label));
    expect(theirs.suites).toEqual(ours.suites);
    expect(theirs.groups).toEqual(known(ours.groups));
  });

  it('there is a server for each cause', async () => {
    const all = await Promise.all(visits.values());
    const seen = new Set(all.flatMap(({ found }) => found.flatMap(({ cause, alsoSeen }) => [cause, ...alsoSeen])));
    expect(CAUSES.filter((cause) => !seen.has(cause))).toEqual([]);
  });
});
