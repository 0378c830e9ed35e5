/** The connection was cut, without an alert that says why: a crash, a filter on the way, a proxy without a server behind it. */
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const connectionReset: Rule = (c) =>
  reportPlaces(c, 'CONNECTION_RESET', { severity: 'BROKEN', whoActs: 'ADMIN' }, ({ baseline: { failure } }) =>
    failure?.code === 'CONNECTION_CLOSED' ? { detail: String(failure.facts['detail'] ?? 'it was closed') } : undefined,
  );
