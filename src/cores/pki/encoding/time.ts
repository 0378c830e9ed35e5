/** Time (RFC 5280 4.1.2.5): UTCTime or GeneralizedTime, in whole seconds and in UTC. */
import type { Instant } from '../../../values/instant.js';
import type { Element } from './der.js';

/** Undefined where it is neither, or no time that there is. */
export function readTime({ tag, content }: Element): Instant | undefined {
  const text = Buffer.from(content.subarray(0, 16)).toString('latin1');
  const digits = tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : tag === 0x18 ? text : '';
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const at = Date.parse(iso);
  // The 30th of February is no day, though Date.parse takes it for one.
  return Number.isNaN(at) || new Date(at).toISOString() !== iso ? undefined : (at as Instant);
}
