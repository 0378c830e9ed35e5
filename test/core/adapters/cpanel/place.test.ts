import { expect, it } from 'vitest';
import { parsePlace } from '../../../../src/adapters/installers/cpanel/cpanel-place.js';
import { unwrap } from '../../../../src/values/result.js';

const WHOLE = { url: 'https://host.example:2087', user: 'root', tokenFile: '/etc/hostseal/token' };

it('the port tells whose API it is', () => {
  expect(unwrap(parsePlace(WHOLE))).toMatchObject({ api: 'whm', user: 'root' });
  expect(unwrap(parsePlace({ ...WHOLE, url: 'https://host.example:2083/', user: 'alice' }))).toMatchObject({ api: 'cpanel' });
  expect(unwrap(parsePlace({ ...WHOLE, url: 'https://whm.host.example', api: 'whm', rootsFile: '/etc/roots.pem' }))).toMatchObject({
    api: 'whm',
    rootsFile: '/etc/roots.pem',
  });
});

it.each([
  ['no object', [], 'no object'],
  ['plain HTTP', { ...WHOLE, url: 'http://host.example:2086' }, 'https'],
  ['a URL with a path', { ...WHOLE, url: 'https://host.example:2087/cpsess1' }, 'more than'],
  ['a URL with a password', { ...WHOLE, url: 'https://root:x@host.example:2087' }, 'more than'],
  ['a port that does not tell', { ...WHOLE, url: 'https://host.example' }, 'api'],
  ['a port of the other API', { ...WHOLE, api: 'cpanel' }, '2087'],
  ['a user that is none', { ...WHOLE, user: 'root:x' }, 'user'],
  ['a relative file', { ...WHOLE, tokenFile: 'token' }, 'tokenFile'],
  ['a relative file of roots', { ...WHOLE, rootsFile: 'roots' }, 'rootsFile'],
  ['a token in the configuration', { ...WHOLE, token: 'X' }, 'token is not known'],
])('%s is refused by name', (_, input, named) => {
  const parsed = parsePlace(input);
  expect(parsed).toMatchObject({ problem: { code: 'INVALID_INPUT', facts: { detail: expect.stringContaining(named) } } });
});
