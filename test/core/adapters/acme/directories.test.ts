import { expect, it } from 'vitest';
import { PUBLIC_DIRECTORIES } from '../../../../src/adapters/issuers/acme/protocol/directories.js';

it('each public directory has an id of its own and is spoken to over https', () => {
  const ids = PUBLIC_DIRECTORIES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, url } of PUBLIC_DIRECTORIES) {
    expect(id).toMatch(/^[a-z][a-z-]*$/);
    expect(new URL(url).protocol).toBe('https:');
  }
});
