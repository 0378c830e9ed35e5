/**
 * Binds of ours and binds of others in one HAProxy. Two at one address and port would share its connections by chance, and one of theirs at every
 * address would be hidden by ours at one: HAProxy tests neither as an error.
 */
import { endpointText } from '../../../values/ip-address.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import type { Listener } from '../installer.js';
import { listensAt, type ForeignBind } from './syntax/binds.js';

/** One SERVER_CONFIG_REFUSED for each. */
export const inTheWay = (listeners: readonly Listener[], foreign: readonly ForeignBind[]): readonly Problem[] =>
  listeners.flatMap(({ address, httpPort, httpsPort }) =>
    [httpPort, httpsPort].flatMap((port) =>
      foreign
        .filter((bind) => listensAt(bind, { address, port }))
        .map(({ file }) =>
          problem('SERVER_CONFIG_REFUSED', { detail: `a bind in ${file} listens at ${endpointText({ address, port })} already` }),
        ),
    ),
  );
