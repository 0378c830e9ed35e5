/** IANA "TLS Supported Groups" (RFC 8422, RFC 7919, draft-ietf-tls-ecdhe-mlkem for the hybrids). */
const GROUPS: Readonly<Record<number, string>> = {
  0x0017: 'secp256r1',
  0x0018: 'secp384r1',
  0x0019: 'secp521r1',
  0x001a: 'brainpoolP256r1',
  0x001b: 'brainpoolP384r1',
  0x001c: 'brainpoolP512r1',
  0x001d: 'x25519',
  0x001e: 'x448',
  0x0100: 'ffdhe2048',
  0x0101: 'ffdhe3072',
  0x0102: 'ffdhe4096',
  0x0103: 'ffdhe6144',
  0x0104: 'ffdhe8192',
  0x0200: 'MLKEM512',
  0x0201: 'MLKEM768',
  0x0202: 'MLKEM1024',
  0x11eb: 'SecP256r1MLKEM768',
  0x11ec: 'X25519MLKEM768',
  0x11ed: 'SecP384r1MLKEM1024',
};

/** `x25519`; an unknown one as `0x6399`. */
export const groupName = (code: number): string => GROUPS[code] ?? `0x${code.toString(16).padStart(4, '0')}`;

/** Is the secret also safe from a quantum computer of later days? */
export const isPostQuantum = (group: string): boolean => group.includes('MLKEM');
