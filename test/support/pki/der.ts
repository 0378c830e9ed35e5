/** DER by hand, for what no library writes: structures that are wrong on purpose. Shares no code with src/. */

/** One element; texts are taken octet by octet. */
export function tlv(tag: number, ...content: readonly (Uint8Array | string)[]): Uint8Array {
  const body = Buffer.concat(content.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
  const length = body.length < 0x80 ? [body.length] : lengthOctets(body.length);
  return new Uint8Array(Buffer.concat([Uint8Array.of(tag, ...length), body]));
}

export const sequence = (...content: readonly Uint8Array[]): Uint8Array => tlv(0x30, ...content);
export const set = (...content: readonly Uint8Array[]): Uint8Array => tlv(0x31, ...content);
export const integer = (...octets: readonly number[]): Uint8Array => tlv(0x02, Uint8Array.from(octets));
export const octets = (...content: readonly (Uint8Array | string)[]): Uint8Array => tlv(0x04, ...content);
export const explicit = (number: number, ...content: readonly Uint8Array[]): Uint8Array => tlv(0xa0 + number, ...content);
/** [number] IMPLICIT, primitive. */
export const implicit = (number: number, ...content: readonly (Uint8Array | string)[]): Uint8Array => tlv(0x80 + number, ...content);
export const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tlv(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** Of one name with one attribute in UTF8String: `CN=…`. */
export const commonName = (text: string, stringTag = 0x0c): Uint8Array => sequence(set(attribute('2.5.4.3', text, stringTag)));
export const attribute = (type: string, text: string, stringTag = 0x0c): Uint8Array =>
  sequence(oid(type), tlv(stringTag, Buffer.from(text)));

function lengthOctets(length: number): number[] {
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return [0x80 + digits.length, ...digits];
}

function base128(arc: number): number[] {
  const digits = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 + (rest % 128));
  return digits;
}
