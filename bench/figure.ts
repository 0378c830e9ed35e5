/** One line for each figure: `figure | ours | peer | ratio`, the median with the least and the most beside it. */
export type Peer =
  | { readonly name: string; readonly samples: readonly number[] }
  /** Who, and why there is no figure. */
  | { readonly missing: string };

export function print(figure: string, unit: string, ours: readonly number[], peer: Peer): void {
  const theirs = 'missing' in peer ? peer.missing : `${describe(peer.samples, unit)} (${peer.name})`;
  const ratio = 'missing' in peer ? '-' : (median(ours) / median(peer.samples)).toFixed(2);
  process.stdout.write(`${figure} | ${describe(ours, unit)} | ${theirs} | ${ratio}\n`);
}

const describe = (samples: readonly number[], unit: string): string =>
  `${spelt(median(samples))} ${unit} (${spelt(Math.min(...samples))} to ${spelt(Math.max(...samples))}, n=${samples.length})`;

/** Below ten the second digit behind the point counts. */
const spelt = (value: number): string => value.toFixed(value < 10 ? 2 : 1);

const median = (samples: readonly number[]): number => samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)]!;

/** Milliseconds that it took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Ours and the peer's in turns, so that what the machine does meanwhile meets both. */
export async function inTurns(
  times: number,
  ours: () => Promise<unknown>,
  peer: () => Promise<unknown>,
): Promise<{ ours: number[]; peer: number[] }> {
  const samples = { ours: [] as number[], peer: [] as number[] };
  for (let round = 0; round < times; round++) {
    samples.ours.push(await timed(ours));
    samples.peer.push(await timed(peer));
  }
  return samples;
}
