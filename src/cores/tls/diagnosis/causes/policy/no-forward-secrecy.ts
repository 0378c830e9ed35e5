/** Whoever gets the server's key later reads what was recorded before, unless the keys of each connection are made afresh (RFC 9325 4.1, 6.3). */
import { TLS13, versionName } from '../../../registry/versions.js';
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const noForwardSecrecy: Rule = (c) =>
  reportPlaces(c, 'NO_FORWARD_SECRECY', { severity: 'WEAK', whoActs: 'ADMIN' }, ({ versions }) => {
    const without = versions.filter(({ version, suites }) => {
      if (version >= TLS13 || !suites?.ok || suites.value.names.length === 0) return false;
      return !suites.value.names.some((suite) => FRESH_KEYS.test(suite));
    });
    return without.length === 0 ? undefined : { versions: without.map(({ version }) => versionName(version)).join(', ') };
  });

const FRESH_KEYS = /^TLS_(EC)?DH(E_|_anon)/;
