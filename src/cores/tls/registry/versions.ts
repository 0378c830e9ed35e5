/** Protocol versions as they stand in a ServerHello (RFC 8446 4.1.3, B.1). */
export const TLS12 = 0x0303;
export const TLS13 = 0x0304;

const VERSIONS: Readonly<Record<number, string>> = {
  0x0300: 'SSL 3.0',
  0x0301: 'TLS 1.0',
  0x0302: 'TLS 1.1',
  [TLS12]: 'TLS 1.2',
  [TLS13]: 'TLS 1.3',
};

/** For people: `TLS 1.3`; an unknown one as `0x7f1c`. */
export const versionName = (code: number): string => VERSIONS[code] ?? `0x${code.toString(16).padStart(4, '0')}`;
