/** Packets are swallowed on the way (a firewall), or a server that took the connection says nothing on it. */
import { answersAnywhere } from '../../failure.js';
import type { Rule } from '../../case.js';
import { report } from '../../report.js';

export const connectionTimedOut: Rule = (c) =>
  c.places.flatMap((place) => {
    const { failure, steps } = place.baseline;
    if (failure?.code !== 'CONNECTION_TIMED_OUT') return [];
    const unconnected = c.check.startTls === undefined ? 'no connection came about' : 'no connection came about, or nothing was said on it';
    const evidence = {
      port: place.port,
      limit: Number(failure.facts['limit'] ?? 0),
      after: steps.length > 0 ? 'the connection was made, and nothing answered the Client Hello' : unconnected,
    };
    return report(c, 'CONNECTION_TIMED_OUT', {
      severity: answersAnywhere(c.places, place) ? 'WEAK' : 'BROKEN',
      whoActs: 'ADMIN',
      where: [place],
      evidence,
    });
  });
