/** Apache's configuration as far as we have to understand somebody else's: directives, the sections that they are in, and where they stand. */

export type Directive = {
  /** In lower case, as Apache compares it. Of a section: `<virtualhost`. */
  readonly name: string;
  readonly args: readonly string[];
  /** Of its first character's line, counted in characters. */
  readonly lineStart: number;
  /** Counted from 1. */
  readonly line: number;
  /** Those that it stands in, from the outermost inwards. */
  readonly inside: readonly Directive[];
};

/** What Apache would refuse is read as well as may be: it is for Apache to judge. */
export function parseApache(text: string): readonly Directive[] {
  const directives: Directive[] = [];
  const open: Directive[] = [];
  let lineStart = 0;
  let line = 1;
  while (lineStart < text.length) {
    const [whole, lines] = logicalLine(text, lineStart);
    const trimmed = whole.replace(/\\\r?\n/g, ' ').trim();
    if (trimmed.startsWith('</')) open.pop();
    else if (trimmed !== '' && !trimmed.startsWith('#')) {
      const [first = '', ...args] = words(trimmed.startsWith('<') ? trimmed.replace(/>$/, '') : trimmed);
      const directive = { name: first.toLowerCase(), args, lineStart, line, inside: [...open] };
      directives.push(directive);
      if (trimmed.startsWith('<')) open.push(directive);
    }
    lineStart += whole.length;
    line += lines;
  }
  return directives;
}

/** A line and those that it goes on with, with their ends; and how many they are. */
function logicalLine(text: string, from: number): readonly [string, number] {
  let end = from;
  for (let lines = 1; ; lines++) {
    const newline = text.indexOf('\n', end);
    if (newline < 0) return [text.slice(from), lines];
    end = newline + 1;
    if (!/\\\r?\n$/.test(text.slice(Math.max(from, newline - 2), end))) return [text.slice(from, end), lines];
  }
}

/** With `"…"` and `'…'` as one word, in which a backslash keeps the quote that follows (ap_getword_conf). */
function words(text: string): readonly string[] {
  return [...text.matchAll(/"((?:\\"|[^"])*)"?|'((?:\\'|[^'])*)'?|(\S+)/g)].map(
    ([, double, single, plain]) => double?.replaceAll('\\"', '"') ?? single?.replaceAll("\\'", "'") ?? plain ?? '',
  );
}
