/** The doctor beside its peers: the same versions, suites and groups on the same servers. docs/divergences.md explains what differs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL } from '../lab/all-servers.js';
import { visit } from '../lab/doctor.js';
import { type Lab, type RunningServer, startLab } from '../lab/lab.js';
import { nmap } from '../lab/peers/nmap.js';
import { known, type Scan, scanOf } from '../lab/peers/scan.js';
import { sslscan } from '../lab/peers/sslscan.js';
import { testssl } from '../lab/peers/testssl.js';

const LABELS = ['intermediate', 'dual', 'apache', 'haproxy', 'modern', 'old-policy', 'old-versions-too', 'static-rsa', 'null-too'];
const PEERS = { sslscan, nmap, testssl };

describe.each(LABELS)('%s: the same is found', (label) => {
  let lab: Lab;
  let server: RunningServer;
  let ours: Scan;
  beforeAll(async () => {
    lab = await startLab(ALL.filter((row) => row.label === label));
    server = lab.servers[0]!;
    const { check } = await visit(server, lab);
    ours = scanOf(check);
  });
  afterAll(() => lab?.stop());

  it.each(Object.entries(PEERS))('by %s', async (_, scan) => {
    const theirs = await scan(server);
    expect(theirs.suites).toEqual(ours.suites);
    if (theirs.groups) expect(theirs.groups).toEqual(known(ours.groups));
  });
});
