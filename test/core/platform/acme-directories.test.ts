import { expect, it } from 'vitest';
import { PUBLIC_DIRECTORIES } from '../../../src/platform/config/acme-directories.js';
import { VARIABLES } from '../../../src/platform/config/variables.js';

it('each public directory has a name of its own, is spoken to over https, and is in the list that people read', () => {
  const names = PUBLIC_DIRECTORIES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, id, url } of PUBLIC_DIRECTORIES) {
    expect(name).toMatch(/^[a-z][a-z-]*$/);
    expect(id).toBe(`acme-${name}`);
    expect(new URL(url).protocol).toBe('https:');
    expect(VARIABLES.HOSTSEAL_ACME_DIRECTORIES.meaning).toContain(` ${name},`);
  }
});
