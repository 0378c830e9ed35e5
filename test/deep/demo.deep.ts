/** The story of `npm run demo` at CAs that behave badly. */
import { describe, expect, it } from 'vitest';
import { playDemo } from '../support/demo.js';
import type { PebbleOptions } from '../support/acme/pebble.js';

const CAS: Readonly<Record<string, PebbleOptions>> = {
  'refuses 15 of 100 nonces': { nonceReject: 15 },
  'uses every authorization again': { authorizationReuse: 100 },
  'uses none again, and refuses nonces': { authorizationReuse: 0, nonceReject: 15 },
  'uses each second one again, and refuses nonces': { authorizationReuse: 50, nonceReject: 15 },
  'looks at challenges late': { slowValidation: 10 },
};

describe('the demo', () => {
  it.each(Object.entries(CAS))('holds at a CA that %s', async (_, options) => {
    expect(await playDemo(options)).toContain('✓ none failed');
  });
});
