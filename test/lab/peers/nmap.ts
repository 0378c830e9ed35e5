/** nmap's ssl-enum-ciphers, which has a TLS of its own and does not look for groups. */
import type { RunningServer } from '../lab.js';
import { ask, makeScan, type Scan, VERSIONS } from './scan.js';

export async function nmap({ host, port, addresses: [address = ''] }: RunningServer): Promise<Scan> {
  const script = ['--script', 'ssl-enum-ciphers', '--script-args', `tls.servername=${host}`];
  const xml = await ask('nmap', ['-sT', '-Pn', '-n', '-oX', '-', '-p', `${port}`, ...script, address]);
  const versions = xml.split(/<table key="(?=(?:TLSv1\.\d|SSLv3)">)/).slice(1);
  return makeScan(
    versions.flatMap((table) => {
      const version = VERSIONS[table.slice(0, table.indexOf('"'))]!;
      return [...table.matchAll(/<elem key="name">(TLS_\w+|SSL_\w+)</g)].map(([, name = '']): [number, string] => [
        version,
        NAMES[name] ?? name,
      ]);
    }),
  );
}

/** It names the suites of TLS 1.3 by a scheme of its own (7.93). */
const NAMES: Readonly<Record<string, string>> = {
  TLS_AKE_WITH_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256',
  TLS_AKE_WITH_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  TLS_AKE_WITH_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
  TLS_AKE_WITH_AES_128_CCM_SHA256: 'TLS_AES_128_CCM_SHA256',
  TLS_AKE_WITH_AES_128_CCM_8_SHA256: 'TLS_AES_128_CCM_8_SHA256',
};
