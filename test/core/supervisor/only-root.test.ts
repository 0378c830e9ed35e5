import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeableByOthers, changeableInside } from '../../../src/supervisor/only-root.js';

const NOBODY = 65_534;

describe.runIf(process.geteuid?.() === 0)('what root may run', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'only-root-'));
    file = path.join(folder, 'program');
    fs.writeFileSync(file, '');
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("is root's own, also below a sticky folder, and where nothing is yet", () => {
    expect(changeableByOthers(file)).toBeUndefined();
    expect(changeableByOthers(path.join(folder, 'not/yet/there'))).toBeUndefined();
    expect(changeableInside(folder)).toBeUndefined();
  });

  it.each<[string, () => string, () => string]>([
    ['of another user', () => (fs.chownSync(file, NOBODY, 0), file), () => file],
    ['that all may write', () => (fs.chmodSync(file, 0o666), file), () => file],
    ['that a group may write', () => (fs.chownSync(file, 0, NOBODY), fs.chmodSync(file, 0o664), file), () => file],
    ['in a folder that all may write in', () => (fs.chmodSync(folder, 0o777), file), () => folder],
    ['that is not there yet, in such a folder', () => (fs.chmodSync(folder, 0o777), path.join(folder, 'x')), () => folder],
    [
      'that is not there yet, in a sticky folder that all may write in',
      () => (fs.chmodSync(folder, 0o1777), path.join(folder, 'x')),
      () => folder,
    ],
    ["behind root's link to where nothing is", () => (fs.chmodSync(folder, 0o755), linkOf(0, 'nowhere')), () => path.join(folder, 'link')],
    ["behind another user's link", () => linkOf(NOBODY), () => path.join(folder, 'link')],
    ["behind root's link to another user's", () => (fs.chownSync(file, NOBODY, 0), linkOf(0)), () => path.join(folder, 'link')],
  ])('is nothing %s', (_, target, named) => {
    const path = target();
    expect(changeableByOthers(path)).toBe(named());
  });

  it.each<[string, () => void]>([
    ['of another user', () => fs.chownSync(file, NOBODY, 0)],
    ['that is a link', () => (fs.rmSync(file), fs.symlinkSync('/etc/hostname', file))],
  ])('is no folder with anything in it %s', (_, make) => {
    make();
    expect(changeableInside(folder)).toBe(file);
  });

  function linkOf(uid: number, to = file): string {
    const link = path.join(folder, 'link');
    fs.symlinkSync(to, link);
    fs.lchownSync(link, uid, 0);
    return link;
  }
});
