/** What a server gave to come back with. Holds secrets of a session that carried nothing: never kept beyond one check, never shown. */
export type Resumption =
  | { readonly kind: 'SESSION_ID'; readonly sessionId: Uint8Array; readonly masterSecret: Uint8Array }
  /** RFC 5077. */
  | { readonly kind: 'TICKET'; readonly ticket: Uint8Array; readonly masterSecret: Uint8Array }
  /** RFC 8446 4.6.1. `preSharedKey`: derived from the resumption secret and the ticket's nonce. `cipherSuite`: whose hash it goes with. */
  | {
      readonly kind: 'PSK';
      readonly ticket: Uint8Array;
      readonly preSharedKey: Uint8Array;
      readonly cipherSuite: number;
      readonly ageAdd: number;
      /** Milliseconds since the ticket came; whoever dials again knows. */
      readonly ageMs: number;
    };
