/** Every environment variable that Hostseal reads: the only list. docs/operations.md is generated from it. */
type Variable = {
  /** As one would write it; empty where there is none. */
  readonly default: string;
  readonly meaning: string;
};

export const VARIABLES = {
  HOSTSEAL_HOME: { default: '.hostseal', meaning: 'Folder of all data; below the project where it is relative.' },
  HOSTSEAL_DATABASE_URL: {
    default: '',
    meaning: 'postgresql://USER:PASSWORD@HOST/DATABASE of your own PostgreSQL. Without it, an embedded PostgreSQL runs in HOSTSEAL_HOME.',
  },
  HOSTSEAL_ROLE: {
    default: 'all',
    meaning: 'all: API, worker and edge. api, worker: that one only; both need HOSTSEAL_DATABASE_URL.',
  },
  HOSTSEAL_HOSTNAME: { default: 'localhost', meaning: "The panel's own host name; the first start gets it a certificate." },
  HOSTSEAL_LISTEN: {
    default: '127.0.0.1,::1',
    meaning: 'IP addresses that the edge listens on, separated by commas; none stands for "all".',
  },
  HOSTSEAL_HTTP_PORT: { default: '8080', meaning: 'Port of the edge for redirects and challenges; 80 where strangers connect.' },
  HOSTSEAL_HTTPS_PORT: { default: '8443', meaning: 'Port of the edge for HTTPS; 443 where strangers connect.' },
  HOSTSEAL_API_LISTEN: {
    default: '',
    meaning: 'ADDRESS:PORT on which role api answers plain HTTP, for a proxy of yours in front of it. Without it, a unix socket only.',
  },
  HOSTSEAL_DNS_SERVERS: {
    default: '',
    meaning: "DNS resolvers, ADDRESS or ADDRESS:PORT, separated by commas. Without it, the machine's own.",
  },
  HOSTSEAL_ALLOW_ADDRESSES: {
    default: '',
    meaning:
      'Addresses, or ADDRESS:PORT, that may be dialled although they are loopback or private, separated by commas. Of those in HOSTSEAL_LISTEN the two ports of the edge always may.',
  },
  HOSTSEAL_LOCAL_CA_NAMES: {
    default: '',
    meaning:
      "Names, and all names below them, that the built-in CA may sign, separated by commas. Without it, the panel's own name, localhost, test, example, internal and home.arpa (RFC 6761, RFC 8375).",
  },
  HOSTSEAL_ACME_DIRECTORIES: {
    default: '',
    meaning:
      'CAs that sign over ACME, separated by commas: letsencrypt, letsencrypt-staging, zerossl, google, sslcom-ecc, sslcom-rsa, or NAME=https://HOST/PATH for any other. The first is the default issuer. To name one is to agree to its terms of service. Without it, the built-in CA signs.',
  },
  HOSTSEAL_ACME_CONTACT: { default: '', meaning: 'Mail addresses that these CAs may write to, separated by commas.' },
  HOSTSEAL_ACME_PROFILE: {
    default: '',
    meaning:
      'Certificate profile, asked for at directories that offer it: shortlived. Elsewhere, and without it, the usual one of the directory.',
  },
  HOSTSEAL_ACME_TIMEOUT_SECONDS: { default: '15', meaning: 'Longest that one request to such a CA may take: 1 to 60.' },
  HOSTSEAL_NGINX_CONFIG: {
    default: '',
    meaning: 'Main configuration of the nginx of this machine, for example /etc/nginx/nginx.conf; role all only. Without it, no nginx.',
  },
  HOSTSEAL_NGINX_BINARY: { default: '/usr/sbin/nginx', meaning: 'Program of that nginx.' },
  HOSTSEAL_NGINX_TREE: {
    default: '/var/lib/hostseal-nginx',
    meaning: 'Folder of what it serves for Hostseal, made when it is needed. The folder above it has to be there.',
  },
  HOSTSEAL_SERVERS: {
    default: '',
    meaning: 'JSON file with the servers of this machine that are driven beside the edge; see Servers. Role all only.',
  },
  HOSTSEAL_VAULT_KEY_FILE: {
    default: '',
    meaning:
      'File with the keys that seal secrets in the database. Without it, vault.key in HOSTSEAL_HOME. The first start of role all makes it; other machines need a copy.',
  },
  HOSTSEAL_CLAIM_SECONDS: {
    default: '20',
    meaning: 'After this time without a sign of life, the work of a worker is given to another: 1 to 600.',
  },
  HOSTSEAL_RATE_LIMIT: { default: '600', meaning: 'Requests per minute that one account may make.' },
  HOSTSEAL_LOG: { default: '', meaning: 'file: logs/ in HOSTSEAL_HOME. stdout. Without it, file for role all and stdout for the others.' },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof VARIABLES;

/** The one that was probably meant: at most three letters away. */
export function nearestVariable(name: string): VariableName | undefined {
  const names = Object.keys(VARIABLES) as VariableName[];
  const [nearest] = names.map((known) => ({ known, distance: editDistance(name, known) })).sort((a, b) => a.distance - b.distance);
  return nearest && nearest.distance <= 3 ? nearest.known : undefined;
}

/** Levenshtein: letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const row = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
