/** Other people's cases: each is answered as they expect, or is listed with a reason. Where they are not at hand, that is said. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { answerTo } from '../../../src/cli/verify/answer.js';
import { NOW } from './certificate-maker.js';

type Case = { readonly id: string; readonly expected_result: 'SUCCESS' | 'FAILURE' };

const FILE = path.join(process.env['HOSTSEAL_CASES'] ?? '../shared/cases', 'path-validation.json');
const cases = fs.existsSync(FILE) ? (JSON.parse(fs.readFileSync(FILE, 'utf8')) as { testcases: readonly Case[] }).testcases : [];
const exceptions = JSON.parse(fs.readFileSync('test/corpora/exceptions.json', 'utf8')) as { id: string; reason: string }[];

describe('cases of x509-limbo', () => {
  it('are answered as expected, but for those that are listed', (context) => {
    if (cases.length === 0) return context.skip(`there is no ${FILE}; HOSTSEAL_CASES names the folder`);
    const otherwise = cases.filter((one) => answerTo(JSON.stringify(one), NOW).actual_result !== one.expected_result);
    const listed = exceptions.map(({ id }) => id).filter((id) => cases.some((one) => one.id === id));
    expect(otherwise.map(({ id }) => id).sort()).toEqual(listed.sort());
  });

  it('have a reason with a rule where they are listed', () => {
    expect(exceptions.filter(({ reason }) => !/RFC \d+|BR \d/.test(reason))).toEqual([]);
  });
});
