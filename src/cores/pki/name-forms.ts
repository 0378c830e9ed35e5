/** How the names that constraints are about have to be written (RFC 5280 4.2.1.10). Text in lower case. */

/** LDH labels, and the underscore that service names have; no dot at either end. */
export const isDomain = (text: string): boolean => DOMAIN.test(text);
const DOMAIN = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;

/** Its local part and its host (RFC 5321 4.1.2 without quoting); undefined where it is no mailbox. */
export function mailboxOf(text: string): { local: string; host: string } | undefined {
  const [local = '', host = '', more] = text.split('@');
  const lower = host.toLowerCase();
  return local !== '' && more === undefined && isDomain(lower) && !/[\s"(),:;<>[\\\]]/.test(local) ? { local, host: lower } : undefined;
}

/** Ones, then zeros (RFC 4632 3.1). */
export const isMask = (mask: Uint8Array): boolean => !/01/.test([...mask].map((octet) => octet.toString(2).padStart(8, '0')).join(''));
