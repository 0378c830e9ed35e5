/** Offered a version that does not exist yet, it has to choose one that it knows (RFC 8446 4.1.3, E.5). */
import type { Rule } from '../../case.js';
import { intolerance } from './tolerance.js';

export const versionIntolerant: Rule = (c) =>
  intolerance(c, 'VERSION_INTOLERANT', 'NEW_VERSION', { inUse: false, hello: 'a version newer than TLS 1.3' });
