/**
 * A hello of an unusual length or shape: beyond one packet, as the key share of X25519MLKEM768 makes it; of 256 to 511 bytes, at which an old
 * load balancer hangs (RFC 7685 1); with more suites than it has room for; or in several records (RFC 8446 5.1).
 */
import type { Rule } from '../../case.js';
import { intolerance, refuses } from './tolerance.js';

export const longHelloIntolerant: Rule = (c) => [
  ...intolerance(c, 'LONG_HELLO_INTOLERANT', 'longer than one packet', refuses('LONG_HELLO')),
  ...intolerance(c, 'LONG_HELLO_INTOLERANT', 'of 256 to 511 bytes', refuses('HELLO_OF_256_TO_511')),
  ...intolerance(c, 'LONG_HELLO_INTOLERANT', 'with more than 128 cipher suites', refuses('MANY_SUITES')),
  ...intolerance(c, 'LONG_HELLO_INTOLERANT', 'in several records', refuses('FRAGMENTED_HELLO')),
];
