/** How the demo speaks: acts, what happens in them, and what has to hold. */
import type { Style, Terminal } from '../src/cli/terminal.js';

/** What the demo promises did not hold: it ends here, with an exit code that says so. */
export class DoesNotHold extends Error {}

export class Narrator {
  #acts = 0;
  #held = 0;

  /** For what speaks by itself in an act. */
  readonly terminal: Terminal;

  constructor(private readonly whole: Terminal) {
    this.terminal = { ...whole, say: (...lines) => this.tell(...lines) };
  }

  act(title: string): void {
    const { say, paint } = this.whole;
    say('', paint('bold', `${++this.#acts}. ${title}`));
  }

  tell(...lines: readonly string[]): void {
    this.whole.say(...lines.map((line) => `   ${line}`));
  }

  end(style: Style, line: string): void {
    const { say, paint } = this.whole;
    say('', paint(style, line));
  }

  /** Does something that takes a while, and says what came of it. */
  async during<T>(what: string, work: Promise<T>): Promise<T> {
    const { paint } = this.terminal;
    this.tell(paint('dim', `… ${what}`));
    return work;
  }

  /** Throws DoesNotHold. */
  holds(what: string, whether: boolean): void {
    const { paint } = this.terminal;
    this.tell(whether ? `${paint('green', '✓')} ${what}` : `${paint('red', '✗')} ${what}`);
    if (!whether) throw new DoesNotHold(what);
    this.#held++;
  }

  get held(): number {
    return this.#held;
  }
}
