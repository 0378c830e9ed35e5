/**
 * The doctor in the lab: every server gets the diagnosis that it deserves, and a sound one none. That each is broken as it says, OpenSSL's
 * client has told before, which shares no code with us.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL } from './all-servers.js';
import { type Lab, type RunningServer, startLab } from './lab.js';
import { sClient } from './s-client.js';

describe('in the lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab(ALL);
  });
  afterAll(() => lab?.stop());
  const running = (label: string): RunningServer => lab.servers.find((each) => each.label === label)!;

  const shown = ALL.filter(({ witnesses }) => witnesses.length > 0);
  it.concurrent.each(shown)('OpenSSL agrees on $label: $what', async ({ label, witnesses }) => {
    for (const { asked, says } of witnesses) expect(await sClient(running(label), lab.rootsFile, asked), asked.join(' ')).toMatch(says);
  });
});
