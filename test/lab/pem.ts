/** DER of a PEM text of one block. */
export const derOf = (pem: string): Uint8Array => new Uint8Array(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'));

/** Of each block. */
export const dersOf = (pem: string): readonly Uint8Array[] => (pem.match(/-----BEGIN[^]+?-----END[^-]+-----/g) ?? []).map(derOf);
