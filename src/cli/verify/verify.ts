/** `hostseal verify --batch`: cases of path validation on standard input, one a line; an answer for each on standard output, in order. */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../values/clock.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { answerTo, answerToTooLong } from './answer.js';
import { boundedLines } from './bounded-lines.js';

/** A list of 10 MiB in PEM, with a chain. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

export async function verifyBatch(input: Readable, output: Writable, clock: Clock): Promise<ExitCode> {
  for await (const { text, isWhole } of boundedLines(input, MAX_LINE_BYTES)) {
    const answer = isWhole ? answerTo(text, clock.now()) : answerToTooLong(text, MAX_LINE_BYTES);
    // A reader that went away hears no more; there is nobody left to work for.
    if (output.destroyed) return EXIT.FAILED;
    if (!output.write(`${JSON.stringify(answer)}\n`)) await Promise.race([once(output, 'drain'), once(output, 'close')]);
  }
  return EXIT.OK;
}
