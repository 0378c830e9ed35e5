import { expect, it } from 'vitest';
import { describeApi } from '../../src/greeting.js';

it.each([
  ['with the root that the panel is to be verified with', '/srv/root.pem', '  curl --cacert /srv/root.pem -H '],
  ['without, where the public roots do: it would take their place', undefined, '  curl -H '],
])('a first call of the API is shown %s', (_, rootFile, command) => {
  const [, curl] = describeApi('https://panel.example:8443/graphql', '/srv/admin.token', rootFile);
  expect(curl?.slice(0, command.length)).toBe(command);
});
