/** sslscan (rbsec), which scans with its OpenSSL. */
import type { RunningServer } from '../lab.js';
import { ask, makeScan, type Scan, VERSIONS } from './scan.js';

export async function sslscan({ host, port, addresses: [address] }: RunningServer): Promise<Scan> {
  const xml = await ask('sslscan', ['--xml=-', '--no-colour', `--sni-name=${host}`, `${address}:${port}`]);
  const names = await standardNames();
  const ciphers = [...xml.matchAll(/<cipher status="\w+" sslversion="(.*?)" .*? cipher="(.*?)" id="0x(....)"/g)];
  // Suites of TLS 1.3 are named as IANA does.
  const suites = ciphers.map(([, version = '', name = '', id = '']): [number, string] => [
    VERSIONS[version]!,
    names.get(id.toUpperCase()) ?? name,
  ]);
  const groups = [...xml.matchAll(/<group sslversion="(.*?)" bits="\d+" name="([^" ]+)/g)];
  const newest = groups.some(([, version]) => version === 'TLSv1.3') ? 'TLSv1.3' : 'TLSv1.2';
  return makeScan(
    suites,
    groups.flatMap(([, version, name = '']) => (version === newest ? name : [])),
  );
}

/** By number, in hexadecimal: `0xC0,0x30 - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 - ECDHE-RSA-AES256-GCM-SHA384 TLSv1.2 …`. */
async function standardNames(): Promise<ReadonlyMap<string, string>> {
  const lines = await ask('openssl', ['ciphers', '-V', '-stdname', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0']);
  return new Map([...lines.matchAll(/0x(..),0x(..) - (\S+)/g)].map(([, high = '', low = '', name = '']) => [`${high}${low}`, name]));
}
