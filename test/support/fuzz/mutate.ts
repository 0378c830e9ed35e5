/** Inputs that are almost right: real bytes with a few changes, the same ones again for the same seed. */

type Dice = {
  /** At least 0, below `end`. */
  below(end: number): number;
};

/** xorshift32: fast, and anything but unpredictable. */
export function dice(seed: number): Dice {
  let state = seed >>> 0 || 1;
  return {
    below(end) {
      state ^= state << 13;
      state >>>= 0;
      state ^= state >>> 17;
      state ^= state << 5;
      state >>>= 0;
      return end <= 1 ? 0 : state % end;
    },
  };
}

/** One of the seeds with one to four changes; now and then only noise. */
export function mutated(seeds: readonly Uint8Array[], roll: Dice): Uint8Array {
  if (roll.below(50) === 0) return noise(roll.below(200), roll);
  let bytes = Uint8Array.from(seeds[roll.below(seeds.length)]!);
  for (let changes = 1 + roll.below(4); changes > 0; changes--) bytes = CHANGES[roll.below(CHANGES.length)]!(bytes, roll, seeds);
  return bytes;
}

type Change = (bytes: Uint8Array<ArrayBuffer>, roll: Dice, seeds: readonly Uint8Array[]) => Uint8Array<ArrayBuffer>;

/** What parsers trip over: the ends of the range, and lengths that are a little wrong. */
const EDGES = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xfe, 0xff];

const CHANGES: readonly Change[] = [
  // One bit.
  (bytes, roll) => at(bytes, roll, (value) => value ^ (1 << roll.below(8))),
  // One byte, to an edge.
  (bytes, roll) => at(bytes, roll, () => EDGES[roll.below(EDGES.length)]!),
  // One more or less: lengths.
  (bytes, roll) => at(bytes, roll, (value) => value + (roll.below(2) === 0 ? 1 : -1)),
  // Cut off.
  (bytes, roll) => bytes.slice(0, roll.below(bytes.length + 1)),
  // A piece is missing.
  (bytes, roll) => {
    const [from, length] = [roll.below(bytes.length + 1), roll.below(64)];
    return join(bytes.subarray(0, from), bytes.subarray(from + length));
  },
  // A piece stands twice, or many times.
  (bytes, roll) => {
    const [from, length] = [roll.below(bytes.length + 1), roll.below(64)];
    const piece = bytes.subarray(from, from + length);
    return join(bytes.subarray(0, from), ...Array.from({ length: 1 + roll.below(8) }, () => piece), bytes.subarray(from));
  },
  // Noise in the middle.
  (bytes, roll) => {
    const from = roll.below(bytes.length + 1);
    return join(bytes.subarray(0, from), noise(1 + roll.below(16), roll), bytes.subarray(from));
  },
  // The beginning of one, the end of another.
  (bytes, roll, seeds) => {
    const other = seeds[roll.below(seeds.length)]!;
    return join(bytes.subarray(0, roll.below(bytes.length + 1)), other.subarray(roll.below(other.length + 1)));
  },
];

function at(bytes: Uint8Array<ArrayBuffer>, roll: Dice, change: (value: number) => number): Uint8Array<ArrayBuffer> {
  if (bytes.length === 0) return bytes;
  const index = roll.below(bytes.length);
  bytes[index] = change(bytes[index]!) & 0xff;
  return bytes;
}

const noise = (length: number, roll: Dice): Uint8Array<ArrayBuffer> => Uint8Array.from({ length }, () => roll.below(256));
const join = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
};
