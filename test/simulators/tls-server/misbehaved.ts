/** The client broke a rule: `alert` is what it is told (RFC 8446 6.2). */
export class Misbehaved extends Error {
  constructor(
    readonly alert: number,
    rule: string,
  ) {
    super(rule);
  }
}

export const UNEXPECTED_MESSAGE = 10;
export const HANDSHAKE_FAILURE = 40;
export const ILLEGAL_PARAMETER = 47;
export const DECODE_ERROR = 50;
export const PROTOCOL_VERSION = 70;
