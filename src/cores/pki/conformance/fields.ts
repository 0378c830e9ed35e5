/** The fields of TBSCertificate that are not extensions (RFC 5280 4.1.2). */
import type { Element } from '../encoding/der.js';
import type { Rule } from './rule.js';

/** RFC 5280 4.1.2.1, 4.1.2.8, CA/B BR 7.1.1. */
export const version: Rule = ({ certificate, written }) => {
  if (certificate.version !== 3) return `it is of version ${certificate.version}, not 3`;
  return written.hasUniqueIds ? 'it has a unique identifier' : undefined;
};

/** RFC 5280 4.1.2.2, CA/B BR 7.1.2.7. A root is known by its name and key: several public ones have the number 0. */
export const serial: Rule = ({ place, written }) => {
  if (place === 'ROOT') return undefined;
  if ((written.serial[0] ?? 0x80) >= 0x80) return 'its serial number is negative';
  if (written.serial.every((octet) => octet === 0)) return 'its serial number is 0';
  return written.serial.length > 20 ? 'its serial number is longer than 20 octets' : undefined;
};

/** RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
export const validity: Rule = ({ certificate, written }) => {
  if (!written.times.every(isTime)) return 'its dates are not written as RFC 5280 asks';
  return certificate.notAfter < certificate.notBefore ? 'it ends before it begins' : undefined;
};

/** What is no time at all was not read. */
const isTime = ({ tag, content }: Element): boolean => tag === UTC_TIME || Buffer.from(content).toString('latin1') >= '2050';
const UTC_TIME = 0x17;
