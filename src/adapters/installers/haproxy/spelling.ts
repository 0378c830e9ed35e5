import type { Spelling } from '../generations/dialect.js';
import { compose } from './render.js';

export const HAPROXY_SPELLING: Spelling = {
  notice:
    'Hostseal writes this file and everything beside it. Changes by hand are refused; docs/operations.md says how HAProxy is started with it.',
  compose,
};
