/** Logs on the disk: bounded, whole over a kill -9, and never a reason to stop. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../src/platform/log/log.js';
import { LogFile } from '../../../src/platform/log/log-file.js';
import { rotateInPlace } from '../../../src/platform/log/rotation.js';

let dir: string;
let file: string;
let told: string[];
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-log-'));
  file = path.join(dir, 'a.log');
  told = [];
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const tell = (line: string) => void told.push(line);
const read = (name: string) => fs.readFileSync(path.join(dir, name), 'utf8');
const limits = { bytes: 30, files: 3 };

describe('a log that this process writes', () => {
  it('keeps what fits into its files, the newest in the first, with no line cut in two', () => {
    const log = new LogFile(file, limits, tell);
    for (let n = 10; n < 25; n++) log.write(`line ${n} ...\n`);
    expect(fs.readdirSync(dir).sort()).toEqual(['a.log', 'a.log.1', 'a.log.2']);
    expect(read('a.log')).toBe('line 24 ...\n');
    expect(read('a.log.1')).toBe('line 22 ...\nline 23 ...\n');
    expect(read('a.log.2')).toBe('line 20 ...\nline 21 ...\n');
    expect(told).toEqual([]);
  });

  it('goes on where the process before it was killed: the size counts, and half a line is ended', () => {
    fs.writeFileSync(file, 'line 10 ...\nli');
    const log = new LogFile(file, limits, tell);
    log.write('line 11 ...\n');
    log.write('line 12 ...\n');
    expect(read('a.log.1')).toBe('line 10 ...\nli\nline 11 ...\n');
    expect(read('a.log')).toBe('line 12 ...\n');
  });

  it('goes on where it was killed between the renames of a rotation', () => {
    fs.writeFileSync(file, 'x'.repeat(30));
    fs.writeFileSync(`${file}.2`, 'older');
    new LogFile(file, limits, tell).write('fresh\n');
    expect([read('a.log'), read('a.log.1'), read('a.log.2')]).toEqual(['fresh\n', 'x'.repeat(30), 'older']);
  });

  it('on a full disk drops its lines, which is told once, and nothing is thrown', () => {
    const full = createLog(new LogFile('/dev/full', { bytes: 1e6, files: 3 }, tell));
    full.info('one');
    full.error('two');
    expect(told).toEqual([expect.stringMatching(/^\/dev\/full cannot be written: ENOSPC.* Its lines are dropped until it can\.$/)]);
  });

  it('is written again when it can be, and when it cannot again that is told again', () => {
    const gone = path.join(dir, 'gone');
    const log = new LogFile(path.join(gone, 'a.log'), limits, tell);
    log.write('lost\n');
    fs.mkdirSync(gone);
    log.write('kept\n');
    fs.rmSync(gone, { recursive: true });
    log.write('kept by nobody, since it has to be rotated\n');
    log.write('lost too\n');
    expect(told).toHaveLength(2);
  });
});

describe('a log that another process writes', () => {
  it('is left alone while it is small', () => {
    fs.writeFileSync(file, 'x'.repeat(30));
    rotateInPlace(file, limits);
    rotateInPlace(path.join(dir, 'not there.log'), limits);
    expect(fs.readdirSync(dir)).toEqual(['a.log']);
  });

  it('is emptied under its writer, who goes on at the new beginning', () => {
    const writer = fs.openSync(file, 'a');
    for (const word of ['first', 'second', 'third', 'fourth']) {
      fs.writeSync(writer, `${word} ${'x'.repeat(30)}\n`);
      rotateInPlace(file, limits);
    }
    fs.writeSync(writer, 'fifth\n');
    fs.closeSync(writer);
    expect(fs.readdirSync(dir).sort()).toEqual(['a.log', 'a.log.1', 'a.log.2']);
    expect([read('a.log'), read('a.log.1').slice(0, 6), read('a.log.2').slice(0, 5)]).toEqual(['fifth\n', 'fourth', 'third']);
  });

  it('that cannot be copied stays as it is, with those before it', () => {
    fs.writeFileSync(file, 'x'.repeat(31));
    fs.writeFileSync(`${file}.1`, 'older');
    fs.mkdirSync(`${file}.copy`); // stands in the way, as a full disk does
    expect(() => rotateInPlace(file, limits)).toThrow();
    fs.rmdirSync(`${file}.copy`);
    expect([read('a.log'), read('a.log.1')]).toEqual(['x'.repeat(31), 'older']);
  });
});

describe('an error in the log', () => {
  it.each([
    ['an error', Object.assign(new Error('at postgresql://u:canary@db/x'), { code: 'E1', detail: 'canary' })],
    ['a copy of an error', { message: 'at postgresql://u:canary@db/x', code: 'E1', stack: 'where', detail: 'canary' }],
    ['a text', 'at postgresql://u:canary@db/x'],
  ])('%s says what happened, and nothing that drivers hang onto it', (_, error) => {
    const lines: string[] = [];
    createLog({ write: (line) => void lines.push(line) }).error({ error }, 'failed');
    expect(lines).toEqual([expect.stringContaining('at postgresql://u:[secret]@db/x')]);
    expect(lines[0]).not.toContain('canary');
  });
});
