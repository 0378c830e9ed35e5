/** Protocol versions as they stand in a ServerHello (RFC 8446 4.1.3, B.1). */
export const SSL3 = 0x0300;
export const TLS10 = 0x0301;
export const TLS11 = 0x0302;
export const TLS12 = 0x0303;
export const TLS13 = 0x0304;

const VERSIONS: Readonly<Record<number, string>> = {
  [SSL3]: 'SSL 3.0',
  [TLS10]: 'TLS 1.0',
  [TLS11]: 'TLS 1.1',
  [TLS12]: 'TLS 1.2',
  [TLS13]: 'TLS 1.3',
};

/** For people: `TLS 1.3`; an unknown one as `0x7f1c`. */
export const versionName = (code: number): string => VERSIONS[code] ?? `0x${code.toString(16).padStart(4, '0')}`;

/** As OpenSSL says it, and observations do: `TLSv1.3`. */
export const protocolName = (code: number): string =>
  versionName(code)
    .replace('SSL ', 'SSLv')
    .replace('TLS ', 'TLSv')
    .replace(/^TLSv1\.0$/, 'TLSv1')
    .replace('SSLv3.0', 'SSLv3');

/** For people, of the name that an observation has: `TLSv1` is `TLS 1.0`. */
export function versionNameOf(protocol: string): string {
  const code = Object.keys(VERSIONS)
    .map(Number)
    .find((known) => protocolName(known) === protocol);
  return code === undefined ? protocol : versionName(code);
}
