/** What each call does to what is hosted, and the `data` of its answer. Whoever may call what was decided before. */
import { X509Certificate } from 'node:crypto';
import { posix } from 'node:path';
import { certificateId, type Hosting, namesOf, type Website } from './hosting.js';

/** A refusal in the API's own words. */
export class Refused extends Error {}
export type Parameters = Readonly<Record<string, string>>;
export type Server = { readonly hosting: Hosting; readonly version: string; readonly httpPort: number; readonly httpsPort: number };

/** Undefined: an answer without data. */
type Call = (server: Server, parameters: Parameters) => unknown;
type UserCall = (server: Server, user: string, parameters: Parameters) => unknown;

export const WHM_FUNCTIONS: Readonly<Record<string, Call>> = {
  version: ({ version }) => ({ version }),
  get_domain_info: ({ hosting, httpPort, httpsPort }) => ({
    domains: hosting.websites.map(({ user, servername, ip, docroot, type }) => ({
      ...{ docroot, domain: servername, domain_type: type, ipv4: ip, ipv4_ssl: ip, ipv6: null, ipv6_is_dedicated: 0 },
      ...{ modsecurity_enabled: 0, parent_domain: mainOf(hosting, user), php_version: 'ea-php83' },
      ...{ port: httpPort, port_ssl: httpsPort, user, user_owner: 'root' },
    })),
  }),
  fetch_ssl_vhosts: ({ hosting }) => ({
    vhosts: sslSites(hosting).map(({ website, installed }) => ({
      ...{ crt: aboutCertificate(installed.certificate, 'encryption_algorithm'), docroot: website.docroot, domains: namesOf(website) },
      ...{ ip: website.ip, iptype: 'shared', ipv6: null, is_primary_on_ip: isPrimary(hosting, website), mail_sni_status: 1, needs_sni: 1 },
      ...{ servername: website.servername, type: website.type, user: website.user },
    })),
  }),
  fetch_vhost_ssl_components: ({ hosting }) => ({
    components: sslSites(hosting).map(({ website, installed: { certificate, key, chain } }) => ({
      ...{ cabundle: chain || null, cabundle_id: chain ? 'bundle' : null, certificate, certificate_id: certificateId(certificate) },
      ...{ key, key_id: 'key', servername: website.servername },
    })),
  }),
  installssl: ({ hosting }, { domain = '', crt = '', key = '', cab = '' }) => {
    const website = hosting.websiteOf(domain) ?? refuse(`The domain ${domain} does not exist on this server.`);
    install(hosting, website, { certificate: crt, key, chain: cab });
    const { message, html, statusmsg, user, ip, warning_domains, working_domains, extra_certificate_domains } = done(website, domain);
    return {
      ...{ action: 'install', aliases: website.aliases, domain, servername: website.servername, status: 1 },
      ...{ message, html, statusmsg, user, ip, warning_domains, working_domains, extra_certificate_domains },
    };
  },
  delete_ssl_vhost: ({ hosting, httpsPort }, { host = '' }) => {
    const website = hosting.websiteOf(host);
    const refused = hosting.remove(host);
    if (refused !== undefined || !website) return refuse(refused ?? 'unknown');
    const removed = {
      ip_port: [website.ip, `${httpsPort}`],
      is_ssl: 1,
      primary_on_ip_port: website.servername,
      servername: website.servername,
    };
    return { output: [`Deleting the SSL host for ${host}`, 'Done.'], removed_vhost_data: [{ ...removed, vhost_entry: '' }] };
  },
};

export const UAPI_FUNCTIONS: Readonly<Record<string, UserCall>> = {
  'DomainInfo/domains_data': ({ hosting }, user, { format }) => {
    if (format !== 'list') throw new Refused('The simulator knows format=list.');
    return ofUser(hosting, user).map(({ servername, aliases, ip, docroot, type }) => ({
      ...{ documentroot: docroot, domain: servername, group: user, homedir: `/home/${user}`, ip, ipv6: null, owner: 'root' },
      ...{ serveradmin: `webmaster@${servername}`, serveralias: aliases.join(' '), servername, type: `${type}_domain`, user },
    }));
  },
  'SSL/installed_hosts': ({ hosting }, user) =>
    sslSites(hosting)
      .filter(({ website }) => website.user === user)
      .map(({ website, installed: { certificate } }) => ({
        ...{ certificate: aboutCertificate(certificate, 'key_algorithm'), certificate_text: certificate, docroot: website.docroot },
        ...{ domains: dnsNames(certificate), fqdns: namesOf(website), ip: website.ip, is_primary_on_ip: isPrimary(hosting, website) },
        ...{ mail_sni_status: 1, needs_sni: 1, servername: website.servername },
      })),
  'SSL/fetch_cert_info': ({ hosting }, user, { id = '' }) => {
    const kept = hosting.store.get(id);
    if (kept?.user !== user) throw new Refused(`There is no certificate ${id}.`);
    const { certificate, chain, key } = kept;
    return { cabundle: chain || null, certificate, is_self_signed: selfSigned(certificate), key, 'subject.commonName_ip': '' };
  },
  'SSL/install_ssl': ({ hosting }, user, { domain = '', cert = '', key = '', cabundle = '' }) => {
    const website = ofUser(hosting, user).find((each) => namesOf(each).includes(domain)) ?? refuse(`The domain ${domain} is not yours.`);
    install(hosting, website, { certificate: cert, key, chain: cabundle });
    return { ...{ action: 'install', cert_id: certificateId(cert), key_id: 'key', domain }, ...done(website, domain) };
  },
  'SSL/delete_ssl': ({ hosting }, user, { domain = '' }) => {
    if (!ofUser(hosting, user).some((each) => namesOf(each).includes(domain))) throw new Refused(`The domain ${domain} is not yours.`);
    const refused = hosting.remove(domain);
    return refused === undefined ? undefined : refuse(refused);
  },
  'Fileman/save_file_content': ({ hosting }, user, { dir = '', file = '', content = '' }) => {
    const folder = inHome(user, dir);
    if (!hosting.folders.has(folder)) throw new Refused(`${folder}: No such file or directory`);
    if (file.includes('/')) throw new Refused('The file name may have no slash.');
    const path = posix.join(folder, file);
    hosting.files.set(path, content);
    return { from_charset: 'UTF-8', path, to_charset: 'UTF-8' };
  },
  'Fileman/get_file_information': ({ hosting }, user, { path = '' }) => {
    const fullpath = inHome(user, path);
    const exists = hosting.files.has(fullpath) || hosting.folders.has(fullpath) ? 1 : 0;
    const type = hosting.folders.has(fullpath) ? 'dir' : 'file';
    return { absdir: `/home/${user}`, exists, file: posix.basename(fullpath), fullpath, path: posix.dirname(fullpath), type };
  },
};

export const API_2_FUNCTIONS: Readonly<Record<string, UserCall>> = {
  'Fileman/mkdir': ({ hosting }, user, { path = '', name = '', permissions = '0755' }) => {
    const parent = inHome(user, path);
    const made = posix.join(parent, name);
    if (!hosting.folders.has(parent)) throw new Refused(`${parent}: No such file or directory`);
    if (hosting.folders.has(made)) throw new Refused(`${made}: File exists`);
    hosting.folders.add(made);
    return [{ name, path: parent, permissions }];
  },
  'Fileman/fileop': ({ hosting }, user, { op = '', sourcefiles = '' }) => {
    if (op !== 'unlink') throw new Refused('The simulator knows op=unlink.');
    const src = inHome(user, sourcefiles);
    if (!hosting.files.delete(src)) throw new Refused(`${src}: No such file or directory`);
    return [{ src, dest: '', result: 1 }];
  },
};

const refuse = (why: string): never => {
  throw new Refused(why);
};

function install(hosting: Hosting, website: Website, parts: Parts): void {
  const refused = hosting.install(website, parts);
  if (refused !== undefined) throw new Refused(refused);
}
type Parts = { readonly certificate: string; readonly key: string; readonly chain: string };

const done = (website: Website, domain: string) => ({
  ...{ message: `The SSL certificate is now installed onto the domain ${domain}.`, html: '', statusmsg: 'installed', user: website.user },
  ...{ ip: website.ip, warning_domains: [], working_domains: namesOf(website), extra_certificate_domains: [] },
});

const ofUser = (hosting: Hosting, user: string): readonly Website[] => hosting.websites.filter((website) => website.user === user);
const mainOf = (hosting: Hosting, user: string): string | undefined => ofUser(hosting, user)[0]?.servername;

const sslSites = (hosting: Hosting) =>
  [...hosting.installed].flatMap(([servername, installed]) => {
    const website = hosting.websites.find((each) => each.servername === servername);
    return website ? [{ website, installed }] : [];
  });
const isPrimary = (hosting: Hosting, { ip, servername }: Website): number =>
  sslSites(hosting).find(({ website }) => website.ip === ip)?.website.servername === servername ? 1 : 0;

/** An account sees its home and nothing else. */
function inHome(user: string, path: string): string {
  const full = posix.resolve(`/home/${user}`, path);
  if (full !== `/home/${user}` && !full.startsWith(`/home/${user}/`)) throw new Refused(`${path} is outside of your home.`);
  return full;
}

const dnsNames = (pem: string): readonly string[] =>
  (new X509Certificate(pem).subjectAltName ?? '').split(', ').flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4)] : []));
const selfSigned = (pem: string): number => {
  const certificate = new X509Certificate(pem);
  return certificate.checkIssued(certificate) ? 1 : 0;
};

/** The fields that both APIs share; the algorithm of the key has a name of its own in each. */
function aboutCertificate(pem: string, algorithmField: 'encryption_algorithm' | 'key_algorithm') {
  const certificate = new X509Certificate(pem);
  const isEc = certificate.publicKey.asymmetricKeyType === 'ec';
  return {
    ...{ domains: dnsNames(pem), id: certificateId(pem), is_self_signed: selfSigned(pem), validation_type: null },
    ...{ [algorithmField]: isEc ? 'id-ecPublicKey' : 'rsaEncryption', ecdsa_curve_name: isEc ? 'prime256v1' : null },
    ...{ modulus_length: isEc ? null : 2048, not_after: seconds(certificate.validTo), not_before: seconds(certificate.validFrom) },
    ...{ 'issuer.commonName': commonName(certificate.issuer), 'subject.commonName': commonName(certificate.subject) },
  };
}
const seconds = (text: string): number => Math.floor(Date.parse(text) / 1000);
const commonName = (name: string): string => /CN=([^\n]+)/.exec(name)?.[1] ?? '';
