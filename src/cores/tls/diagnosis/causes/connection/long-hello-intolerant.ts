/**
 * A hello of an unusual length or shape: beyond one packet, as the key share of X25519MLKEM768 makes it; of 256 to 511 bytes, at which an old
 * load balancer hangs (RFC 7685 1); with more suites than it has room for; or in several records (RFC 8446 5.1).
 */
import type { Rule } from '../../case.js';
import { intolerance } from './tolerance.js';

export const longHelloIntolerant: Rule = (c) => [
  ...intolerance(c, 'LONG_HELLO_INTOLERANT', 'LONG_HELLO', { inUse: true, hello: 'longer than one packet' }),
  ...intolerance(c, 'LONG_HELLO_INTOLERANT', 'HELLO_OF_256_TO_511', { inUse: false, hello: 'of 256 to 511 bytes' }),
  ...intolerance(c, 'LONG_HELLO_INTOLERANT', 'MANY_SUITES', { inUse: false, hello: 'with more than 128 cipher suites' }),
  ...intolerance(c, 'LONG_HELLO_INTOLERANT', 'FRAGMENTED_HELLO', { inUse: false, hello: 'in several records' }),
];
