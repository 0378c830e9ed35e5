import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acmeDirectories } from '../../../src/platform/config/acme-directories.js';
import { openAcmeDirectories } from '../../../src/platform/config/acme-files.js';
import { openInstance } from '../../../src/platform/config/home.js';
import { makeCa } from '../../support/pki/certificates.js';

const KEY = 'c2VjcmV0LW1hYy1rZXktb2YtdGhlLWNh';
const EAB = `kid-1\n${KEY}\n`;
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-acme-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string, mode = 0o600) => {
  fs.writeFileSync(path.join(folder, name), text);
  fs.chmodSync(path.join(folder, name), mode);
};
const open = (names: string, at = folder) => {
  const directories = acmeDirectories(names);
  return openAcmeDirectories(at, directories.ok ? directories.value : expect.fail(directories.problem));
};
const opened = (names: string) => {
  const outcome = open(names);
  return outcome.ok ? outcome.value : expect.fail(JSON.stringify(outcome.problem));
};
const refused = (names: string) => {
  const outcome = open(names);
  if (outcome.ok) return expect.fail('it was taken');
  return outcome.problem.map(({ code, facts }) => {
    expect(code).toBe('ACME_FILE_UNUSABLE');
    return [path.basename(String(facts['file'])), String(facts['detail'])] as const;
  });
};

it('no folder and no file are fine where nothing needs one', () => {
  expect(open('letsencrypt', path.join(folder, 'none'))).toMatchObject({ ok: true, value: [{ id: 'acme-letsencrypt', lacks: [] }] });
  expect(opened('letsencrypt')[0]).not.toHaveProperty('roots');
});

it('what a directory needs and has not is told, and is no reason not to start', () => {
  const lacks = opened('letsencrypt-staging,zerossl,mine=https://ca.test/dir').map((directory) =>
    directory.lacks.map(({ facts }) => [path.basename(String(facts['file'])), facts['detail']]),
  );
  expect(lacks).toEqual([
    [['letsencrypt-staging.roots.pem', expect.stringMatching(/^it is not there, and the roots of .* are no public ones$/)]],
    [['zerossl.eab', expect.stringMatching(/^it is not there, and ZeroSSL makes no account without an external one$/)]],
    [],
  ]);
});

it('roots and an external account are read, each for its directory', async () => {
  const { rootPem, rootDer } = await makeCa('Private');
  const other = await makeCa('Other');
  write('mine.roots.pem', `# two of them\n${rootPem}\n${other.rootPem}`, 0o644);
  write('zerossl.eab', EAB);
  const [mine, zerossl] = opened('mine=https://ca.test/dir,zerossl');
  expect(mine?.roots?.map((der) => Buffer.from(der))).toEqual([rootDer, other.rootDer].map((der) => Buffer.from(der)));
  expect([mine?.externalAccount, zerossl?.roots, zerossl?.lacks]).toEqual([undefined, undefined, []]);
  expect([zerossl?.externalAccount?.keyId, zerossl?.externalAccount?.macKey.revealText()]).toEqual(['kid-1', KEY]);
  expect(JSON.stringify([mine, zerossl])).not.toContain(KEY);
});

it.each([
  ['with Windows line ends', `kid-1\r\n${KEY}\r\n`],
  ['with blanks around', `  kid-1  \n\n ${KEY} \n\n`],
  ['with padding', `kid-1\n${KEY}==`],
])('an external account %s is read', (_, text) => {
  write('mine.eab', text);
  expect(opened('mine=https://ca.test/dir')[0]?.externalAccount?.macKey.revealText()).toBe(KEY);
});

describe('what is refused', () => {
  it.each([
    ['an empty file', 'mine.eab', '', /two lines/],
    ['a key id alone', 'mine.eab', 'kid-1\n', /two lines/],
    ['three lines', 'mine.eab', `${EAB}more`, /two lines/],
    ['a key in base64', 'mine.eab', `kid-1\n${KEY}+/\n`, /second line is not a MAC key in base64url/],
    ['a short key', 'mine.eab', 'kid-1\nc2hvcnQ\n', /second line is not a MAC key/],
    ['a key id with a blank', 'mine.eab', `kid 1\n${KEY}\n`, /first line is not a key id/],
    ['no certificate', 'mine.roots.pem', 'hello', /there is no certificate in it/],
    [
      'a broken certificate',
      'mine.roots.pem',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      /certificate 1 cannot be read/,
    ],
    ['a file that is too large', 'mine.roots.pem', 'x'.repeat(1_048_577), /larger than/],
  ])('%s', (_, name, text, detail) => {
    write(name, text);
    expect(refused('mine=https://ca.test/dir')).toEqual([[name, expect.stringMatching(detail)]]);
  });

  it.each([0o640, 0o604, 0o660])('an external account of mode %o: others may read it', (mode) => {
    write('mine.eab', EAB, mode);
    expect(refused('mine=https://ca.test/dir')).toEqual([['mine.eab', expect.stringMatching(/others may read it.*chmod 600/)]]);
  });

  it('a folder, a fifo: neither is waited for', () => {
    fs.mkdirSync(path.join(folder, 'mine.roots.pem'));
    execFileSync('mkfifo', ['-m', '600', path.join(folder, 'mine.eab')]);
    expect(refused('mine=https://ca.test/dir')).toEqual([
      ['mine.roots.pem', 'it is not a file'],
      ['mine.eab', 'it is not a file'],
    ]);
  });

  it('every file that is wrong, and never with what stands in it', () => {
    write('a.eab', `hunter2 x\n${KEY}`);
    write('b.roots.pem', 'hunter2');
    expect(refused('a=https://a.test/dir,b=https://b.test/dir').map(([name]) => name)).toEqual(['a.eab', 'b.roots.pem']);
    expect(JSON.stringify(refused('a=https://a.test/dir,b=https://b.test/dir'))).not.toMatch(/hunter2|c2VjcmV0/);
  });
});

it('a home with nothing but these files is a new one, not somebody else’s', () => {
  fs.mkdirSync(path.join(folder, 'acme'));
  const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
  expect(openInstance(folder, random)).toMatchObject({ ok: true });
});
