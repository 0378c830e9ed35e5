/** Lines of a stream, one at a time: a line over the limit is not kept, only how it begins. */

export type BoundedLine = { readonly text: string; readonly isWhole: boolean };

/** What is kept of a line that is too long. */
const START_BYTES = 65_536;

/** `limit`: bytes of a line. Lines of blanks only are passed over; the last one needs no line feed. */
export async function* boundedLines(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<BoundedLine> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const add = (part: Uint8Array) => {
    if (size <= limit) parts.push(part);
    size += part.length;
    // From here on nothing more of it is held than is needed to say whose line it was.
    if (size > limit) parts = [Buffer.concat(parts).subarray(0, START_BYTES)];
  };
  const take = (): BoundedLine => {
    const line = { text: Buffer.concat(parts).toString('utf8'), isWhole: size <= limit };
    parts = [];
    size = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, end));
      from = end + 1;
      const line = take();
      if (line.text.trim() !== '') yield line;
    }
    add(chunk.subarray(from));
  }
  const last = take();
  if (last.text.trim() !== '') yield last;
}

const LINE_FEED = 0x0a;
