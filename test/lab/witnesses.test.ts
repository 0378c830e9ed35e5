/** Each server of the lab is broken in the way that it says: OpenSSL's client, which shares no code with us, tells so. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL } from './all-servers.js';
import { type Lab, startLab } from './lab.js';
import { sClient } from './s-client.js';

describe('the lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab(ALL);
  });
  afterAll(() => lab?.stop());

  const rows = ALL.filter(({ witnesses }) => witnesses.length > 0);
  it.concurrent.each(rows)('$label: $what', async ({ label, witnesses }) => {
    const server = lab.servers.find((each) => each.label === label)!;
    for (const { asked, says } of witnesses) expect(await sClient(server, lab.rootsFile, asked), asked.join(' ')).toMatch(says);
  });
});
