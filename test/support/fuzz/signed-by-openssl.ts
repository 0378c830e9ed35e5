/** A revocation list and an OCSP response that OpenSSL made: neither is ours. */
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const makeCrl = (): Promise<Uint8Array> =>
  inCa(async (openssl, folder) => {
    await openssl('ca', '-config', 'ca.cnf', '-gencrl', '-out', 'list.pem');
    await openssl('crl', '-in', 'list.pem', '-outform', 'DER', '-out', 'list.der');
    return fs.readFile(path.join(folder, 'list.der'));
  });

export const makeOcspResponse = (): Promise<Uint8Array> =>
  inCa(async (openssl, folder) => {
    const ca = ['-CA', 'ca.pem', '-rsigner', 'ca.pem', '-rkey', 'ca.key'];
    await openssl(
      'ocsp',
      '-index',
      'index.txt',
      ...ca,
      '-issuer',
      'ca.pem',
      '-serial',
      '0x2',
      '-ndays',
      '3',
      '-respout',
      'answer.der',
      '-noverify',
    );
    return fs.readFile(path.join(folder, 'answer.der'));
  });

type OpenSsl = (...args: readonly string[]) => Promise<unknown>;

/** With two serials in its books, one of them revoked. */
async function inCa(work: (openssl: OpenSsl, folder: string) => Promise<Uint8Array>): Promise<Uint8Array> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'hostseal-openssl-'));
  const openssl: OpenSsl = (...args) => run('openssl', [...args], { cwd: folder });
  try {
    await fs.writeFile(path.join(folder, 'ca.cnf'), CONFIG);
    await fs.writeFile(path.join(folder, 'index.txt'), INDEX);
    await fs.writeFile(path.join(folder, 'crlnumber'), '1000\n');
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ca.key'];
    await openssl('req', '-x509', ...key, '-out', 'ca.pem', '-days', '30', '-subj', '/O=Fuzz/CN=Fuzz CA');
    return await work(openssl, folder);
  } finally {
    await fs.rm(folder, { recursive: true });
  }
}

const INDEX = [
  'V\t361124120000Z\t\t02\tunknown\t/CN=a.example',
  'R\t361124120000Z\t260101120000Z,keyCompromise\t03\tunknown\t/CN=b.example',
  '',
].join('\n');
const CONFIG = `[ca]
default_ca = fuzz
[fuzz]
database = index.txt
crlnumber = crlnumber
certificate = ca.pem
private_key = ca.key
default_md = sha256
default_crl_days = 5
crl_extensions = extensions
[extensions]
authorityKeyIdentifier = keyid
`;
