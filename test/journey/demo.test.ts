/** The story of `npm run demo`, on its real processes: `npm start`'s own, Pebble and nginx. `npm run deep -- demo` plays it at worse CAs. */
import { expect, it } from 'vitest';
import { playDemo } from '../support/demo.js';

it('the demo holds, from an empty machine to a change that is undone', { timeout: 240_000 }, async () => {
  const said = await playDemo();
  for (const what of ['proven by a handshake at each address', 'its window is open', 'the change ended as UNDONE', 'none failed'])
    expect(said).toContain(`✓ ${what}`);
});
