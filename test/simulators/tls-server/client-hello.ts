/**
 * Reads a ClientHello as strictly as the RFCs spell it (RFC 8446 4.1.2, 4.2; RFC 5246 7.4.1.2; RFC 6066 3), whatever records it comes in.
 * What breaks a rule is answered with the alert that the RFC names.
 */
import { isIP } from 'node:net';
import { DECODE_ERROR, ILLEGAL_PARAMETER, Misbehaved, UNEXPECTED_MESSAGE } from './misbehaved.js';
import { Reader } from './reader.js';

export type ClientHello = {
  /** Records that it came in. */
  readonly records: number;
  /** Bytes of the handshake message, its header with it. */
  readonly length: number;
  /** The legacy field. */
  readonly version: number;
  /** Of `supported_versions`; the legacy field alone where that is missing. */
  readonly versions: readonly number[];
  readonly random: Buffer;
  readonly sessionId: Buffer;
  readonly suites: readonly number[];
  readonly compressionMethods: readonly number[];
  /** Types, in order. */
  readonly extensions: readonly number[];
  readonly groups: readonly number[];
  readonly keyShares: ReadonlyMap<number, Buffer>;
  readonly signatureAlgorithms: readonly number[];
  readonly serverName?: string;
  readonly alpn: readonly string[];
  /** The handshake message, for a transcript. */
  readonly message: Buffer;
};

/** RFC 8701. */
export const isGrease = (value: number): boolean => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);

/** Takes bytes until a ClientHello is whole. */
export class HelloReader {
  /** All that came. */
  bytes = Buffer.alloc(0);

  /** Undefined until it is whole. Throws Misbehaved. */
  take(bytes: Buffer): ClientHello | undefined {
    this.bytes = Buffer.concat([this.bytes, bytes]);
    let fragments = Buffer.alloc(0);
    let records = 0;
    for (let at = 0; this.bytes.length >= at + 5;) {
      const type = this.bytes.readUInt8(at);
      const version = this.bytes.readUInt16BE(at + 1);
      const length = this.bytes.readUInt16BE(at + 3);
      if (type !== 22) throw new Misbehaved(UNEXPECTED_MESSAGE, `a record of type ${type} before the ClientHello`);
      if (version < 0x0300 || version > 0x0303) throw new Misbehaved(DECODE_ERROR, `a record of version ${version.toString(16)}`);
      if (length === 0 || length > 16_384) throw new Misbehaved(DECODE_ERROR, `a record of ${length} bytes`);
      if (this.bytes.length < at + 5 + length) return undefined;
      fragments = Buffer.concat([fragments, this.bytes.subarray(at + 5, at + 5 + length)]);
      records++;
      at += 5 + length;
      if (fragments.length >= 4 && fragments.length >= 4 + fragments.readUIntBE(1, 3)) return read(fragments, records);
    }
    return undefined;
  }
}

function read(message: Buffer, records: number): ClientHello {
  if (message[0] !== 1) throw new Misbehaved(UNEXPECTED_MESSAGE, `a message of type ${message[0]} in the place of a ClientHello`);
  if (message.length !== 4 + message.readUIntBE(1, 3)) throw new Misbehaved(UNEXPECTED_MESSAGE, 'bytes after the ClientHello');
  const hello = new Reader(message.subarray(4));
  const version = hello.number(2);
  const random = hello.bytes(32);
  const sessionId = hello.vector(1).rest();
  const suites = hello.vector(2).numbers(2);
  const compressionMethods = hello.vector(1).numbers(1);
  const extensions = new Map<number, Buffer>();
  if (!hello.empty) {
    for (const list = hello.vector(2); !list.empty;) {
      const type = list.number(2);
      rule(!extensions.has(type), `extension ${type} twice`);
      rule(!extensions.has(PRE_SHARED_KEY), 'an extension after pre_shared_key (RFC 8446 4.2.11)');
      extensions.set(type, list.vector(2).rest());
    }
  }
  hello.end();
  rule(sessionId.length <= 32, 'a session id of more than 32 bytes');
  rule(suites.length > 0, 'no cipher suite');
  rule(compressionMethods.includes(0), 'no null compression');
  const content = (type: number): Reader | undefined => {
    const bytes = extensions.get(type);
    return bytes && new Reader(bytes);
  };
  const versions = list(content(43), 1, 2) ?? [version];
  const groups = list(content(10), 2, 2) ?? [];
  const signatureAlgorithms = list(content(13), 2, 2) ?? [];
  const keyShares = readKeyShares(content(51), groups);
  const serverName = readServerName(content(0));
  const alpn = readAlpn(content(16));
  if (versions.includes(TLS13)) {
    rule(version === 0x0303, 'legacy_version is not TLS 1.2 (RFC 8446 4.1.2)');
    rule(extensions.has(PRE_SHARED_KEY) || signatureAlgorithms.length > 0, 'TLS 1.3 without signature_algorithms (RFC 8446 9.2)');
    rule(extensions.has(51) === extensions.has(10), 'key_share and supported_groups go together (RFC 8446 9.2)');
  }
  const seen = { records, length: message.length, version, versions, random, sessionId, suites, compressionMethods };
  const extended = { extensions: [...extensions.keys()], groups, keyShares, signatureAlgorithms, alpn, message };
  return { ...seen, ...extended, ...(serverName === undefined ? {} : { serverName }) };
}

const PRE_SHARED_KEY = 41;
const TLS13 = 0x0304;

/** A vector with a length of `lengthBytes`, of numbers of `size` bytes, and nothing after it; none in it breaks the rule. */
function list(reader: Reader | undefined, lengthBytes: number, size: number): readonly number[] | undefined {
  if (!reader) return undefined;
  const numbers = reader.vector(lengthBytes).numbers(size);
  reader.end();
  rule(numbers.length > 0, 'an empty list');
  return numbers;
}

function readKeyShares(reader: Reader | undefined, groups: readonly number[]): ReadonlyMap<number, Buffer> {
  const shares = new Map<number, Buffer>();
  if (!reader) return shares;
  for (const entries = reader.vector(2); !entries.empty;) {
    const group = entries.number(2);
    rule(!shares.has(group) && groups.includes(group), `the key share for ${group} is twice there, or its group is not offered`);
    shares.set(group, entries.vector(2).rest());
  }
  reader.end();
  return shares;
}

function readServerName(reader: Reader | undefined): string | undefined {
  if (!reader) return undefined;
  const names = reader.vector(2);
  reader.end();
  rule(names.number(1) === 0, 'a server name that is no host name');
  const name = names.vector(2).rest().toString('latin1');
  names.end();
  rule(/^[\x21-\x7e]+$/.test(name) && !name.endsWith('.') && isIP(name) === 0, `the server name ${name} (RFC 6066 3)`);
  return name;
}

function readAlpn(reader: Reader | undefined): readonly string[] {
  if (!reader) return [];
  const names: string[] = [];
  for (const each = reader.vector(2); !each.empty;) names.push(each.vector(1).rest().toString('latin1'));
  reader.end();
  rule(names.length > 0 && names.every((name) => name !== ''), 'an empty protocol name (RFC 7301 3.1)');
  return names;
}

function rule(kept: boolean, what: string): asserts kept {
  if (!kept) throw new Misbehaved(ILLEGAL_PARAMETER, what);
}
