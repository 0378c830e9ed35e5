import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examinePublicRoots } from '../../../src/cli/doctor/public-roots.js';
import { layoutOf } from '../../../src/platform/config/home-layout.js';
import type { Instant } from '../../../src/values/instant.js';

const at = (day: string) => ({ now: () => Date.parse(day) as Instant });

describe('what the doctor says of the public roots', () => {
  let home: string;
  let file: string;
  beforeAll(() => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-doctor-'));
    file = layoutOf({ home, vaultKeyFile: undefined }, 'f'.repeat(32)).publicRootsFile;
    fs.mkdirSync(path.dirname(file));
  });
  afterAll(() => fs.rmSync(home, { recursive: true }));
  const examine = (day: string) => examinePublicRoots(layoutOf({ home, vaultKeyFile: undefined }, 'f'.repeat(32)), at(day));

  it('of which day they are, and what to do where that is long ago', () => {
    expect(examine('2026-11-24')).toMatchObject({ state: 'OK', detail: expect.not.stringContaining('old') as unknown });
    expect(examine('2028-01-01').detail).toContain(`It is old: put a newer one into ${file}`);
  });

  it('which file they are from, and why one is not used', () => {
    fs.writeFileSync(file, tls.rootCertificates.join('\n'));
    expect(examine('2026-11-24').detail).toContain(`from ${file}`);
    fs.writeFileSync(file, 'garbage');
    expect(examine('2026-11-24')).toMatchObject({ state: 'FAILED', exitCode: 2, problem: { code: 'FILE_UNREADABLE' } });
  });
});
