/** Chrome puts values that mean nothing among suites, groups, versions and extensions, to find servers like this one (RFC 8701). */
import type { Rule } from '../../case.js';
import { intolerance } from './tolerance.js';

export const greaseIntolerant: Rule = (c) =>
  intolerance(c, 'GREASE_INTOLERANT', 'GREASE', { inUse: true, hello: 'values that mean nothing (GREASE)' });
