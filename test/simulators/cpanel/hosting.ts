/** What a cPanel server hosts: accounts, their websites and files, and what is installed for each website. It outlives its daemons. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { posix } from 'node:path';

export type Website = {
  readonly user: string;
  readonly servername: string;
  readonly aliases: readonly string[];
  readonly ip: string;
  readonly docroot: string;
  readonly type: 'main' | 'sub';
};
/** PEM. `chain` has no leaf. */
export type Installed = { readonly certificate: string; readonly key: string; readonly chain: string };

export const namesOf = ({ servername, aliases }: Website): readonly string[] => [servername, ...aliases];

export class Hosting {
  readonly websites: Website[] = [];
  /** By server name, in the order of their first installation. */
  readonly installed = new Map<string, Installed>();
  /** By the certificate's id. What was ever installed stays in the account's store. */
  readonly store = new Map<string, Installed & { readonly user: string }>();
  readonly files = new Map<string, string>();
  readonly folders = new Set<string>();
  /** Has something changed that Apache reads? */
  onChange: () => void = () => undefined;

  /** One account with one domain, its www. and mail. beside it. */
  addAccount(user: string, domain: string, ip: string): void {
    const aliases = domain.startsWith('*.') ? [] : [`www.${domain}`, `mail.${domain}`];
    this.addWebsite({ user, servername: domain, aliases, ip, docroot: `/home/${user}/public_html`, type: 'main' });
  }

  addSubdomain(user: string, domain: string): void {
    const main = this.websites.find((website) => website.user === user);
    if (!main) throw new Error(`no account ${user}`);
    const docroot = `${main.docroot}/${domain}`;
    this.addWebsite({
      user,
      servername: domain,
      aliases: domain.startsWith('*.') ? [] : [`www.${domain}`],
      ip: main.ip,
      docroot,
      type: 'sub',
    });
  }

  websiteOf(name: string): Website | undefined {
    return this.websites.find((website) => namesOf(website).includes(name));
  }

  /** The reason why not, as the server's own checks go; undefined where it is installed. */
  install(website: Website, { certificate, key, chain }: Installed): string | undefined {
    const leaf = read(certificate);
    if (!leaf) return 'The certificate could not be parsed.';
    if (!matches(leaf, key)) return 'The key does not match the certificate.';
    if (Date.parse(leaf.validTo) < Date.now()) return 'The certificate is expired.';
    const covered = (leaf.subjectAltName ?? '').split(', ').map((entry) => entry.replace(/^DNS:/, ''));
    if (!namesOf(website).some((name) => covered.some((each) => covers(each, name)))) {
      return `The certificate is for none of the domains of ${website.servername}.`;
    }
    const issuers = blocks(chain).map(read);
    if (issuers.includes(undefined)) return 'The CA bundle could not be parsed.';
    if (issuers.length > 0 && !issuers.some((issuer) => issuer && leaf.checkIssued(issuer)))
      return 'The CA bundle does not match the certificate.';
    const kept = { certificate, key, chain };
    this.installed.set(website.servername, kept);
    this.store.set(certificateId(certificate), { ...kept, user: website.user });
    this.onChange();
    return undefined;
  }

  /** The reason why not. */
  remove(name: string): string | undefined {
    const website = this.websiteOf(name);
    if (!website || !this.installed.delete(website.servername)) return `There is no SSL host for ${name}.`;
    this.onChange();
    return undefined;
  }

  fileAt(website: Website, path: string): string | undefined {
    return this.files.get(posix.join(website.docroot, path));
  }

  private addWebsite(website: Website): void {
    this.websites.push(website);
    this.folders.add(`/home/${website.user}`).add(website.docroot);
  }
}

/** `<common name>_<hash>_<hash>_<end>_<md5>`: as the ids in the pages' examples look. */
export function certificateId(pem: string): string {
  const leaf = new X509Certificate(pem);
  const [, commonName = 'nobody'] = /CN=([^\n]+)/.exec(leaf.subject) ?? [];
  const digest = createHash('md5').update(leaf.raw).digest('hex');
  const name = commonName.replaceAll('.', '_').replaceAll('*', 'wildcard');
  return `${name}_${digest.slice(0, 5)}_${digest.slice(5, 10)}_${Math.floor(Date.parse(leaf.validTo) / 1000)}_${digest}`;
}

export const blocks = (pem: string): readonly string[] => pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];

function read(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function matches(leaf: X509Certificate, key: string): boolean {
  try {
    return leaf.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

const covers = (pattern: string, name: string): boolean =>
  pattern === name || (pattern.startsWith('*.') && !name.startsWith('*.') && name.slice(name.indexOf('.')) === pattern.slice(1));
