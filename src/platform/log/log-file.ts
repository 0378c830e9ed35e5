/**
 * The file that a process writes its log into. Each line is with the kernel when the call returns: a kill -9 loses none. A log
 * that cannot be written (a full disk) is no reason to stop: its lines are dropped until it can, and that is told once.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';
import { rotate, type LogLimits } from './rotation.js';

type Open = { readonly descriptor: number; size: number; /** It ends in the middle of a line. */ torn: boolean };

export class LogFile implements DestinationStream {
  private open: Open | undefined;
  private dropping = false;

  /** `tell` shows a line to the person in charge. */
  constructor(
    private readonly file: string,
    private readonly limits: LogLimits,
    private readonly tell: (line: string) => void,
  ) {}

  write(line: string): void {
    try {
      this.append(Buffer.from(line));
      this.dropping = false;
    } catch (error) {
      if (!this.dropping) this.tell(`${this.file} cannot be written: ${(error as Error).message}. Its lines are dropped until it can.`);
      this.dropping = true;
    }
  }

  private append(line: Buffer): void {
    this.open ??= opened(this.file);
    if (this.open.size > 0 && this.open.size + line.length > this.limits.bytes) {
      closeSync(this.open.descriptor);
      this.open = undefined;
      rotate(this.file, this.limits);
      this.open = opened(this.file);
    }
    const { open } = this;
    const whole = open.torn ? Buffer.concat([Buffer.from('\n'), line]) : line;
    const written = writeSync(open.descriptor, whole);
    open.size += written;
    open.torn = written > 0 ? whole[written - 1] !== NEWLINE : open.torn;
    if (written < whole.length) throw new Error('there is room for a part of a line only');
  }
}

function opened(file: string): Open {
  const descriptor = openSync(file, 'a+', 0o600);
  const { size } = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  // A process that was killed, or a full disk, may have left half a line.
  const torn = size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== NEWLINE;
  return { descriptor, size, torn };
}

const NEWLINE = 0x0a;
