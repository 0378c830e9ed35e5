/** Serial numbers (RFC 5280 4.1.2.2) as people and tools write them. */

/** Lower-case hex of an INTEGER's content octets, without the sign octet: `00b3…` reads `b3…`. A negative one keeps a minus in front. */
export function formatSerial(content: Uint8Array): string {
  if (content.length === 0) return '00';
  const negative = (content[0] ?? 0) >= 0x80;
  const value = BigInt.asIntN(content.length * 8, BigInt(`0x${Buffer.from(content).toString('hex')}`));
  const hex = (negative ? -value : value).toString(16);
  return (negative ? '-' : '') + hex.padStart(hex.length + (hex.length % 2), '0');
}

/** The content octets of a positive INTEGER: a first bit of one would read as a minus (X.690 8.3.3). */
export function encodeSerial(serial: string): Uint8Array {
  const hex = serial.padStart(serial.length + (serial.length % 2), '0');
  const magnitude = Buffer.from(hex, 'hex');
  return new Uint8Array((magnitude[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), magnitude]) : magnitude);
}
