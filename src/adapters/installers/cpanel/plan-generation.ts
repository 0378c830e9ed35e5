/** From a change of bindings to what is done to websites. cPanel has one certificate for all names of a website, so some changes cannot be. Pure. */
import { parseCertificateName, type CertificateName } from '../../../values/hostname.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { bindingKeyText, type BindingKey, type Change, type DesiredBinding, type Listener } from '../installer.js';
import type { Refusal } from './generation-book.js';
import { scan, standsFor, type Material, type Website } from './website.js';

/** DUPLICATE for a binding that is named twice; INVALID_INPUT for one that no cPanel can serve for us. */
export function checkChange(change: Change, listeners: readonly Listener[]): Result<void> {
  const named = new Set<string>();
  for (const key of [...change.put.map(({ key }) => key), ...change.remove]) {
    const text = bindingKeyText(key);
    if (named.has(text)) return err(problem('DUPLICATE', { text }));
    named.add(text);
  }
  for (const { key, certificates, route } of change.put) {
    const refuse = (why: string) => err(problem('INVALID_INPUT', { detail: `${bindingKeyText(key).slice(0, 300)} ${why}` }));
    const name = parseCertificateName(key.name);
    if (!name.ok || name.value !== key.name) return refuse('is for no host name in its normal form');
    if (!listeners.some(({ address, httpsPort }) => address === key.address && httpsPort === key.port)) {
      return refuse('is at an address and port that the server has not');
    }
    if (certificates.length === 0) return refuse('has no certificate');
    if (route !== 'NONE') return refuse('leads to the panel, which only the embedded edge can reach');
  }
  return ok(undefined);
}

export type PlannedSite = {
  readonly website: Website;
  readonly puts: readonly DesiredBinding[];
  readonly removes: readonly BindingKey[];
};

/** The websites of a change, and the bindings that have none. What is removed and was never here is left out. */
export function sitesOf(
  change: Change,
  websites: ReadonlyMap<CertificateName, Website>,
): { readonly sites: readonly PlannedSite[]; readonly refusals: readonly Refusal[] } {
  const homeless = change.put.filter(({ key }) => !websites.has(key.name));
  const named = [...new Map([...websites.values()].map((website) => [website.servername, website])).values()];
  return {
    sites: named.flatMap((website) => {
      const isHere = (key: BindingKey) => websites.get(key.name)?.servername === website.servername;
      const [puts, removes] = [change.put.filter(({ key }) => isHere(key)), change.remove.filter(isHere)];
      return puts.length + removes.length > 0 ? { website, puts, removes } : [];
    }),
    refusals: homeless.map(({ key }) => ({ subject: bindingKeyText(key), why: `the server hosts no ${key.name}` })),
  };
}

/** What a website shall have: a certificate, none, or what it has. */
export type Aim =
  { readonly do: 'put'; readonly after: Material; readonly fingerprint: string } | { readonly do: 'remove' } | { readonly do: 'keep' };

export function aimOf({ website, puts, removes }: PlannedSite, before: Material | undefined): { aim: Aim; refusals: readonly Refusal[] } {
  const refuse = (keys: readonly BindingKey[], why: string): Refusal[] => keys.map((key) => ({ subject: bindingKeyText(key), why }));
  const refusals = [...puts.map(({ key }) => key), ...removes]
    .filter(({ address }) => !website.addresses.includes(address))
    .flatMap((key) => refuse([key], `${key.name} answers at ${website.addresses.join(', ') || 'no address'} only`));
  const [first] = puts;
  if (!first) {
    const left = namesLeft(website, removes, before);
    const why = `its website answers for ${left.join(', ')} with the same certificate, which is not taken away`;
    if (left.length > 0) return { aim: { do: 'keep' }, refusals: [...refusals, ...refuse(removes, why)] };
    return { aim: before ? { do: 'remove' } : { do: 'keep' }, refusals };
  }
  const [files] = first.certificates;
  const others = puts.filter(({ certificates }) => certificates.length !== 1 || !same(certificates[0]!, files!));
  const many = 'its website can have one certificate for all of its names';
  const staying = `its website goes on to answer for ${first.key.name}, and with it for this name`;
  const { leaf, chain } = leafAndChain(files!.chain);
  return {
    aim: { do: 'put', after: { certificate: leaf, chain, key: files!.key }, fingerprint: files!.fingerprint },
    refusals: [
      ...refusals,
      ...refuse(
        others.map(({ key }) => key),
        many,
      ),
      ...refuse(removes, staying),
    ],
  };
}

/** Names of the website that its certificate is for, and that are not to go. */
function namesLeft({ names }: Website, removes: readonly BindingKey[], before: Material | undefined): readonly string[] {
  const covered = (before && scan(before.certificate)?.names) ?? [];
  return names.filter((name) => standsFor(covered, name) && !removes.some((key) => key.name === name));
}

const same = (one: { fingerprint: string; chain: string }, other: { fingerprint: string; chain: string }): boolean =>
  one.fingerprint === other.fingerprint && one.chain === other.chain;

/** The first block, and what comes after it; a text that is no PEM stays whole, for the judge to see. */
function leafAndChain(pem: string): { readonly leaf: string; readonly chain: string } {
  const end = '-----END CERTIFICATE-----';
  const at = pem.indexOf(end);
  return at < 0 ? { leaf: pem, chain: '' } : { leaf: `${pem.slice(0, at + end.length)}\n`, chain: pem.slice(at + end.length).trimStart() };
}
