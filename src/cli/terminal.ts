/** Where the words go. With `--json` only one document is printed; progress and colours are for people. */
import { stripVTControlCharacters, styleText } from 'node:util';
import type { Failure } from './exit-codes.js';
import { printable } from './printable.js';
import { problemLines } from './told-problem.js';

export type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold';
export type Paint = (style: Style, text: string) => string;
export const unpainted: Paint = (_, text) => text;

/** What lines are laid out for. */
export type Page = {
  readonly paint: Paint;
  /** Columns. */
  readonly width: number;
};

export type Terminal = Page & {
  /** One document is printed, for programs, and nothing for people. */
  readonly json: boolean;
  /** Lines for a person. Nothing with `--json`. */
  say(...lines: readonly string[]): void;
  /** A line that the next one replaces; only on a terminal. */
  progress(line: string): void;
  /** The one document of `--json`. Nothing without. */
  document(value: unknown): void;
  /** Why the command ends: on standard error, or as the document. */
  fail(failure: Failure): void;
};

export function openTerminal({ json }: { readonly json: boolean }): Terminal {
  // A reader that went away (`| head`) hears no more; the exit code still tells how it ended.
  process.stdout.on('error', () => undefined);
  const live = !json && process.stdout.isTTY;
  let shown = false;
  /** Back to the start of the line, and all of it away (ECMA-48 8.3.41). */
  const wipe = () => {
    if (shown) process.stdout.write('\r\u001b[K');
    shown = false;
  };
  const document = (value: unknown) => {
    if (json) process.stdout.write(`${printable(value, 2)}\n`);
  };
  return {
    json,
    paint: json || !process.stdout.isTTY || process.env['NO_COLOR'] ? unpainted : paintAlways,
    width: Math.min(Math.max(process.stdout.columns || USUAL_WIDTH, NARROWEST), WIDEST),
    say(...lines) {
      wipe();
      if (!json && lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
    },
    progress(line) {
      if (!live) return;
      wipe();
      // A line that wraps could not be wiped.
      process.stdout.write(line.slice(0, process.stdout.columns - 1));
      shown = true;
    },
    document,
    fail({ problem, exitCode }) {
      wipe();
      document({ problem, exitCode });
      if (!json) process.stderr.write(`${problemLines(problem).map(harmless).join('\n')}\n`);
    },
  };
}

/** Of what is no terminal, such as a pipe. */
const USUAL_WIDTH = 100;
/** Narrower, two handshakes do not fit beside each other; wider, sentences are hard to read. */
const NARROWEST = 60;
const WIDEST = 120;

const paintAlways: Paint = (style, text) => styleText(style, text, { validateStream: false });

/**
 * Text of others (a CA's words, a name of a site) without what a terminal obeys or what turns the order of letters round:
 * escape sequences, control characters, and the direction marks of Unicode.
 */
export const harmless = (text: string): string =>
  stripVTControlCharacters(text).replace(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu, ' ');
