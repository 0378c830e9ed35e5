/**
 * nginx's configuration language, read as nginx reads it (ngx_conf_read_token in src/core/ngx_conf_file.c), with the place of
 * everything, so that a foreign file can be changed in one spot and stay as it is in all others.
 */
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';

export type Directive = {
  readonly name: string;
  /** Unquoted. */
  readonly args: readonly string[];
  /** Its block, where it has one. */
  readonly block?: readonly Directive[];
  /** Where its closing brace is, in characters from the beginning of the text. */
  readonly closes?: number;
};

/** SERVER_CONFIG_REFUSED with the line where it is not understood. What is in blocks of Lua is passed over. */
export function parseNginx(text: string): Result<readonly Directive[]> {
  try {
    const reader = new Reader(text);
    return ok(readBlock(reader, false).directives);
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    const line = text.slice(0, error.at).split('\n').length;
    return err(problem('SERVER_CONFIG_REFUSED', { detail: `line ${line}: ${error.message}` }));
  }
}

/** Every directive of that name, at any depth. */
export function* everywhere(name: string, directives: readonly Directive[]): Iterable<Directive> {
  for (const directive of directives) {
    if (directive.name === name) yield directive;
    yield* everywhere(name, directive.block ?? []);
  }
}

function readBlock(reader: Reader, inside: boolean): { directives: Directive[]; closes: number } {
  const directives: Directive[] = [];
  let words: string[] = [];
  for (;;) {
    const token = reader.next();
    if (token.kind === 'word') {
      words.push(token.text);
      continue;
    }
    const [name, ...args] = words;
    if (token.kind === 'end' || token.kind === 'close') {
      if (name !== undefined) throw new NotUnderstood('a directive that does not end', token.at);
      if ((token.kind === 'close') !== inside) throw new NotUnderstood(inside ? 'a block that does not end' : 'a } too many', token.at);
      return { directives, closes: token.at };
    }
    if (name === undefined) throw new NotUnderstood('a directive without a name', token.at);
    if (token.kind === 'semicolon') directives.push({ name, args });
    else if (name.endsWith('_by_lua_block')) reader.skipLua(token.at);
    else {
      const { directives: block, closes } = readBlock(reader, true);
      directives.push({ name, args, block, closes });
    }
    words = [];
  }
}

type Token =
  { readonly kind: 'word'; readonly text: string } | { readonly kind: 'open' | 'close' | 'semicolon' | 'end'; readonly at: number };

class Reader {
  #at = 0;

  constructor(private readonly text: string) {}

  next(): Token {
    this.#skipSpace();
    const at = this.#at;
    const first = this.text[at];
    if (first === undefined) return { kind: 'end', at };
    const mark = MARKS[first];
    if (mark) {
      this.#at++;
      return { kind: mark, at };
    }
    return { kind: 'word', text: first === '"' || first === "'" ? this.#quoted(first) : this.#bare() };
  }

  #skipSpace(): void {
    for (;;) {
      while (isSpace(this.text[this.#at])) this.#at++;
      if (this.text[this.#at] !== '#') return;
      const end = this.text.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.text.length : end + 1;
    }
  }

  #quoted(quote: string): string {
    const opened = this.#at++;
    let word = '';
    for (let char = this.text[this.#at]; char !== quote; char = this.text[this.#at]) {
      if (char === undefined) throw new NotUnderstood('a quote that does not end', opened);
      word += this.#character();
    }
    const after = this.text[++this.#at];
    if (after !== undefined && !isSpace(after) && !';{)'.includes(after))
      throw new NotUnderstood('something right behind a quote', this.#at);
    // A closing parenthesis of an `if` is a word of its own to us.
    return word;
  }

  /** A `}` ends nothing in the middle of a word, and `${` opens a variable and no block. */
  #bare(): string {
    let word = '';
    for (let char = this.text[this.#at]; char !== undefined && !isSpace(char) && char !== ';'; char = this.text[this.#at]) {
      if (char === '{' && !word.endsWith('$')) break;
      word += this.#character();
    }
    return word;
  }

  #character(): string {
    const char = this.text[this.#at++] ?? '';
    if (char !== '\\') return char;
    const escaped = this.text[this.#at++] ?? '';
    if ('"\'\\'.includes(escaped)) return escaped;
    return { t: '\t', r: '\r', n: '\n' }[escaped] ?? `\\${escaped}`;
  }

  /** Lua's own strings and comments may hold braces. */
  skipLua(opened: number): void {
    let depth = 1;
    const pieces = /--\[(=*)\[[\s\S]*?\]\1\]|--[^\n]*|\[(=*)\[[\s\S]*?\]\2\]|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|[{}]/g;
    pieces.lastIndex = this.#at;
    for (let piece = pieces.exec(this.text); piece; piece = pieces.exec(this.text)) {
      if (piece[0] === '{') depth++;
      if (piece[0] === '}' && --depth === 0) {
        this.#at = pieces.lastIndex;
        return;
      }
    }
    throw new NotUnderstood('a block that does not end', opened);
  }
}

const MARKS: Readonly<Record<string, 'open' | 'close' | 'semicolon'>> = { '{': 'open', '}': 'close', ';': 'semicolon' };
const isSpace = (char: string | undefined): boolean => char === ' ' || char === '\t' || char === '\r' || char === '\n';

class NotUnderstood extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}
