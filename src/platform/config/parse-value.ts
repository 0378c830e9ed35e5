/** How one environment variable's text is read. A refusal is the `detail` of CONFIG_INVALID; it never repeats what may be a secret. */
import path from 'node:path';
import { parseHostname, type Hostname } from '../../values/hostname.js';
import { parseIpAddress, type IpAddress } from '../../values/ip-address.js';
import { messageOf } from '../../values/problems/catalogue.js';
import { err, ok, type Result } from '../../values/result.js';
import { isPlainPath } from '../../values/plain-path.js';
import { Secret } from '../../values/secret.js';

export type Parse<T> = (text: string) => Result<T, string>;
export type Endpoint = { readonly address: IpAddress; readonly port: number };

export const hostname: Parse<Hostname> = (text) => said(parseHostname(text));

export const ipAddress: Parse<IpAddress> = (text) => said(parseIpAddress(text));

/** Decimal digits only: `0x50`, `8e3` and ` 80 ` are slips. */
export const wholeNumber =
  (least: number, most: number): Parse<number> =>
  (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    return number >= least && number <= most ? ok(number) : err(`"${short(text)}" is not a whole number from ${least} to ${most}`);
  };

export const port = wholeNumber(1, 65_535);

export const oneOf =
  <const T extends string>(...words: readonly T[]): Parse<T> =>
  (text) => {
    const word = words.find((known) => known === text);
    return word === undefined ? err(`"${short(text)}" is none of ${words.join(', ')}`) : ok(word);
  };

/** What others give a name to. */
export const word: Parse<string> = (text) =>
  /^[\w.-]{1,64}$/.test(text) ? ok(text) : err(`"${short(text)}" is not a word of at most 64 letters, digits and .-_`);

/** RFC 5321 4.1.2, of a local part only what needs no quoting, neither there nor in a `mailto:` (RFC 6068 2). */
export const mailAddress: Parse<string> = (text) => {
  const [, local, domain = ''] = /^([A-Za-z0-9._+-]{1,64})@([^@]+)$/.exec(text) ?? [];
  const host = hostname(domain);
  return local && host.ok ? ok(`${local}@${host.value}`) : err(`"${short(text)}" is not a mail address`);
};

export const listOf =
  <T>(item: Parse<T>): Parse<T[]> =>
  (text) => {
    const values: T[] = [];
    for (const part of text.split(',')) {
      const value = item(part.trim());
      if (!value.ok) return value;
      values.push(value.value);
    }
    return ok(values);
  };

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`. */
export const addressWithPort: Parse<{ address: IpAddress; port?: number }> = (text) => {
  const [, bracketed, plain, portText] = /^(?:\[(.*)\]|([^:]*)):([^:]*)$/.exec(text) ?? [];
  const address = ipAddress(bracketed ?? plain ?? text);
  if (!address.ok || portText === undefined) return address.ok ? ok({ address: address.value }) : address;
  const number = port(portText);
  return number.ok ? ok({ address: address.value, port: number.value }) : number;
};

export const endpoint: Parse<Endpoint> = (text) => {
  const parsed = addressWithPort(text);
  if (!parsed.ok) return parsed;
  const { address, port: number } = parsed.value;
  return number === undefined ? err(`"${short(text)}" has no port`) : ok({ address, port: number });
};

export const absolutePath =
  (cwd: string): Parse<string> =>
  (text) =>
    ok(path.resolve(cwd, text));

/** Of a file that other programs read about: never below `cwd`, and one word to all of them. */
export const plainPath: Parse<string> = (text) =>
  isPlainPath(text) ? ok(text) : err(`"${short(text)}" is not an absolute path of letters, digits, dots, - and _ without hidden names`);

/** A database URL holds a password: what is wrong is said without showing it. */
export const databaseUrl: Parse<Secret> = (text) => {
  const url = URL.parse(text);
  if (!url || !['postgresql:', 'postgres:'].includes(url.protocol))
    return err('it is not of the form postgresql://USER:PASSWORD@HOST/DATABASE');
  if (url.pathname.length < 2) return err('it names no database: postgresql://USER:PASSWORD@HOST/DATABASE');
  return ok(Secret.of(text));
};

const said = <T>(result: Result<T>): Result<T, string> => (result.ok ? result : err(messageOf(result.problem).replace(/\.$/, '')));

const short = (text: string) => text.slice(0, 40);
