/** What a client needs and may not make itself: bytes and keys that nobody can predict. Tests bring known ones (RFC 8448). */
export type KeyShare = {
  /** As it stands in a key share or a ClientKeyExchange; for a hybrid the concatenation (draft-ietf-tls-ecdhe-mlkem). */
  readonly publicKey: Uint8Array;
  /** The shared secret; undefined for a peer's share that is none. */
  agree(peerShare: Uint8Array): Uint8Array | undefined;
};

export interface ClientTools {
  bytes(length: number): Uint8Array;
  /** Undefined for a group that cannot be completed here. */
  keyShare(group: number): KeyShare | undefined;
  /** For a ServerKeyExchange of DHE: a share of ours under the server's parameters (big-endian). */
  finiteFieldShare(prime: Uint8Array, generator: Uint8Array): KeyShare | undefined;
}
