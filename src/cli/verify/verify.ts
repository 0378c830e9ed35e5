/** `hostseal verify --batch`: cases of path validation on standard input, one a line; an answer for each on standard output, in order. */
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../values/clock.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { printable } from '../printable.js';
import { answerTo, answerToTooLong } from './answer.js';
import { boundedLines } from './bounded-lines.js';

/** A list of 10 MiB in PEM, with a chain. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

export async function verifyBatch(input: Readable, output: Writable, clock: Clock): Promise<ExitCode> {
  const say = speaker(output);
  for await (const { text, isWhole } of boundedLines(input, MAX_LINE_BYTES)) {
    const answer = isWhole ? answerTo(text, clock.now()) : answerToTooLong(text, MAX_LINE_BYTES);
    // A reader that went away, a full disk: there is nobody left to work for.
    if (!(await say(`${printable(answer)}\n`))) return EXIT.FAILED;
  }
  return EXIT.OK;
}

/** Resolves when there is room for more; false where what was said is lost. Never rejects. */
function speaker(output: Writable): (text: string) => Promise<boolean> {
  let lost = false;
  let wake = (): void => undefined;
  const lose = () => {
    lost = true;
    wake();
  };
  output
    .on('error', lose)
    .on('close', lose)
    .on('drain', () => wake());
  return async (text) => {
    if (!lost && !output.write(text)) await new Promise<void>((resolve) => (lost ? resolve() : (wake = resolve)));
    return !lost;
  };
}
