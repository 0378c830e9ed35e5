/** An extension that it does not know it has to ignore (RFC 8446 4.2). Chrome sends one in every hello (RFC 8701). */
import type { Rule } from '../../case.js';
import { intolerance } from './tolerance.js';

export const extensionIntolerant: Rule = (c) =>
  intolerance(c, 'EXTENSION_INTOLERANT', 'UNKNOWN_EXTENSION', { inUse: true, hello: 'an extension that it does not know' });
