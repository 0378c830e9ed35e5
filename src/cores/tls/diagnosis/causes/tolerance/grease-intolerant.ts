/** Chrome puts values that mean nothing among suites, groups, versions and extensions, to find servers like this one (RFC 8701). */
import type { Rule } from '../../case.js';
import { intolerance, refuses } from './tolerance.js';

export const greaseIntolerant: Rule = (c) =>
  intolerance(c, 'GREASE_INTOLERANT', 'values that mean nothing (GREASE)', refuses('GREASE'), () => true);
