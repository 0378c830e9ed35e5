/** The API of a place, over connections of its own. */
import fs from 'node:fs/promises';
import { problem } from '../../../../values/problems/problem.js';
import { parsePem, toPem } from '../../../../values/pem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import type { Dialer } from '../../../network/dialing/dialer.js';
import { makeHttpSession } from '../../../network/http/http-session.js';
import type { CpanelPlace } from '../cpanel-place.js';
import { AccountApi } from './account-api.js';
import { ApiSession } from './api-session.js';
import type { CpanelApi } from './cpanel-api.js';
import { WhmApi } from './whm-api.js';

/** `roots`: PEM, trusted beside the public ones. `timeoutMs`: for one request; an installation takes seconds on a busy server. */
export type ApiOptions = { readonly dialer: Dialer; readonly roots: readonly string[]; readonly timeoutMs: number };

export function openApi(place: CpanelPlace, { dialer, roots, timeoutMs }: ApiOptions): CpanelApi {
  const session = new ApiSession(place, makeHttpSession(dialer, roots), timeoutMs);
  return place.api === 'whm' ? new WhmApi(session) : new AccountApi(session);
}

/** The certificates of `rootsFile`, none without one. FILE_UNREADABLE. */
export async function readRoots({ rootsFile }: CpanelPlace): Promise<Result<readonly string[]>> {
  if (rootsFile === undefined) return ok([]);
  const unusable = (detail: string) => err(problem('FILE_UNREADABLE', { file: rootsFile, detail }));
  try {
    const blocks = parsePem('CERTIFICATE', await fs.readFile(rootsFile, 'utf8'));
    return blocks.ok ? ok(blocks.value.map((der) => toPem('CERTIFICATE', der))) : unusable('it holds no certificate');
  } catch (error) {
    return unusable(error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read');
  }
}
