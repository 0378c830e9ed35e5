/** Where unpredictable bytes come from; tests bring a seeded one. */
export interface Random {
  bytes(length: number): Uint8Array;
}
/** Nest token. */
export const RANDOM = Symbol('Random');
