/** Where unpredictable bytes come from; tests bring a seeded one. */
export interface Random {
  bytes(length: number): Uint8Array;
}
/** Nest token. */
export const RANDOM = Symbol('Random');

/** At most `size` of the items, each as likely as every other, in no order. Fisher and Yates' shuffle, ended early. */
export function sample<T>(items: readonly T[], size: number, random: Random): readonly T[] {
  const left = [...items];
  for (let taken = 0; taken < Math.min(size, left.length); taken++) {
    const other = taken + Math.floor(fraction(random) * (left.length - taken));
    [left[taken], left[other]] = [left[other]!, left[taken]!];
  }
  return left.slice(0, size);
}

/** At least 0 and below 1. */
export const fraction = (random: Random): number => new DataView(Uint8Array.from(random.bytes(4)).buffer).getUint32(0) / 2 ** 32;
