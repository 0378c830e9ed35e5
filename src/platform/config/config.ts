/**
 * The environment, read once into a type; after that nothing asks `process.env`. Pure: what is on the disk is
 * `home-layout.ts`'s business. `variables.ts` names the variables, `parse-value.ts` reads their texts.
 */
import type { Hostname } from '../../values/hostname.js';
import { seconds, type Duration } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Secret } from '../../values/secret.js';
import { acmeDirectories, type NamedDirectory } from './acme-directories.js';
import * as as from './parse-value.js';
import { nearestVariable, VARIABLES, type VariableName } from './variables.js';

type Role = 'all' | 'api' | 'worker';

type NginxConfig = {
  readonly binary: string;
  /** What it is started with. */
  readonly mainConfiguration: string;
  /** The folder of what it serves for us. */
  readonly tree: string;
};

export type Config = {
  /** Absolute. What lies where in it: `home-layout.ts`. */
  readonly home: string;
  /** Undefined: the embedded PostgreSQL. */
  readonly databaseUrl: Secret | undefined;
  readonly role: Role;
  /** The panel's own name. */
  readonly hostname: Hostname;
  /** Where the edge listens: at least one address, each once. */
  readonly listen: readonly IpAddress[];
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Plain HTTP beside the unix socket; role api only. */
  readonly apiListen: as.Endpoint | undefined;
  /** Empty: the machine's own resolvers. */
  readonly dnsServers: readonly as.Endpoint[];
  /** May be dialled though not global; without `port`, on every port. The edge's own ports are among them. */
  readonly allowAddresses: readonly { readonly address: IpAddress; readonly port?: number }[];
  /** The local CA signs these and what is below them. */
  readonly localCaNames: readonly Hostname[];
  readonly acme: {
    /** The first is the platform's default issuer. Their files: `acme-files.ts`. */
    readonly directories: readonly NamedDirectory[];
    readonly contact: readonly string[];
    readonly profile: string | undefined;
    /** Of one request. */
    readonly timeout: Duration;
  };
  /** The nginx of this machine; role all only. Paths are plain (values/plain-path.ts). */
  readonly nginx: NginxConfig | undefined;
  /** Absolute. Of the servers that this machine drives besides: `servers-file.ts`; role all only. */
  readonly serversFile: string | undefined;
  /** Absolute; undefined: `vault.key` in the home. */
  readonly vaultKeyFile: string | undefined;
  /** Lease of a worker's claim. */
  readonly claim: Duration;
  /** Requests per minute and API token. */
  readonly rateLimit: number;
  readonly log: 'file' | 'stdout';
};

/** Relative paths are below `cwd`. CONFIG_INVALID (facts `variable`, `detail`), every variable's at once. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>, cwd: string): Result<Config, Problem[]> {
  const problems: Problem[] = [];
  const refuse = (variable: string, detail: string) => void problems.push(problem('CONFIG_INVALID', { variable, detail }));
  /** The value of a variable that is set, or of its default; undefined where there is neither, or it is refused. */
  const optional = <T>(name: VariableName, parse: as.Parse<T>): T | undefined => {
    const text = env[name]?.trim() || VARIABLES[name].default;
    if (text === '') return undefined;
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    refuse(name, parsed.problem);
    return undefined;
  };
  /** For variables with a default. What is refused never leaves this function: `problems` is not empty then. */
  const required = <T>(name: VariableName, parse: as.Parse<T>): T => optional(name, parse) as T;

  for (const name of Object.keys(env).filter((key) => key.startsWith('HOSTSEAL_') && !(key in VARIABLES))) {
    const meant = nearestVariable(name);
    refuse(name, meant ? `there is no such variable; did you mean ${meant}?` : 'there is no such variable');
  }

  const role = required('HOSTSEAL_ROLE', as.oneOf('all', 'api', 'worker'));
  const hostname = required('HOSTSEAL_HOSTNAME', as.hostname);
  const listen = [...new Set(required('HOSTSEAL_LISTEN', as.listOf(concreteAddress)))];
  const httpPort = required('HOSTSEAL_HTTP_PORT', as.port);
  const httpsPort = required('HOSTSEAL_HTTPS_PORT', as.port);
  const mainConfiguration = optional('HOSTSEAL_NGINX_CONFIG', as.plainPath);
  const [binary, tree] = [required('HOSTSEAL_NGINX_BINARY', as.plainPath), required('HOSTSEAL_NGINX_TREE', as.plainPath)];
  const config: Config = {
    home: required('HOSTSEAL_HOME', as.absolutePath(cwd)),
    databaseUrl: optional('HOSTSEAL_DATABASE_URL', as.databaseUrl),
    role,
    hostname,
    listen,
    httpPort,
    httpsPort,
    apiListen: optional('HOSTSEAL_API_LISTEN', as.endpoint),
    dnsServers: (optional('HOSTSEAL_DNS_SERVERS', as.listOf(as.addressWithPort)) ?? []).map((server) => ({ port: DNS_PORT, ...server })),
    allowAddresses: [
      ...(optional('HOSTSEAL_ALLOW_ADDRESSES', as.listOf(as.addressWithPort)) ?? []),
      ...listen.flatMap((address) => [
        { address, port: httpPort },
        { address, port: httpsPort },
      ]),
    ],
    localCaNames: optional('HOSTSEAL_LOCAL_CA_NAMES', as.listOf(as.hostname)) ?? [...new Set([hostname, ...SPECIAL_USE_NAMES])],
    acme: {
      directories: optional('HOSTSEAL_ACME_DIRECTORIES', acmeDirectories) ?? [],
      contact: optional('HOSTSEAL_ACME_CONTACT', as.listOf(as.mailAddress)) ?? [],
      profile: optional('HOSTSEAL_ACME_PROFILE', as.word),
      timeout: seconds(required('HOSTSEAL_ACME_TIMEOUT_SECONDS', as.wholeNumber(1, 60))),
    },
    nginx: mainConfiguration === undefined ? undefined : { binary, mainConfiguration, tree },
    serversFile: optional('HOSTSEAL_SERVERS', as.absolutePath(cwd)),
    vaultKeyFile: optional('HOSTSEAL_VAULT_KEY_FILE', as.absolutePath(cwd)),
    claim: seconds(required('HOSTSEAL_CLAIM_SECONDS', as.wholeNumber(1, 600))),
    rateLimit: required('HOSTSEAL_RATE_LIMIT', as.wholeNumber(1, 1_000_000)),
    log: optional('HOSTSEAL_LOG', as.oneOf('file', 'stdout')) ?? (role === 'all' ? 'file' : 'stdout'),
  };

  if (problems.length > 0) return err(problems);
  // Each is fine alone; from here on, whether they go together.
  if (config.httpPort === config.httpsPort) refuse('HOSTSEAL_HTTPS_PORT', `${config.httpPort} is the port of HOSTSEAL_HTTP_PORT already`);
  // Machines share a database; the embedded one answers on its own machine, to one supervisor.
  if (role !== 'all' && !config.databaseUrl) refuse('HOSTSEAL_DATABASE_URL', `the role ${role} needs it`);
  if (role !== 'api' && config.apiListen) refuse('HOSTSEAL_API_LISTEN', `it is for the role api, and the role is ${role}`);
  if (role !== 'all' && config.nginx) refuse('HOSTSEAL_NGINX_CONFIG', `it is for the role all, and the role is ${role}`);
  if (role !== 'all' && config.serversFile) refuse('HOSTSEAL_SERVERS', `it is for the role all, and the role is ${role}`);
  for (const name of ['HOSTSEAL_NGINX_BINARY', 'HOSTSEAL_NGINX_TREE'] as const)
    if (env[name]?.trim() && !config.nginx) refuse(name, 'it says more about HOSTSEAL_NGINX_CONFIG, which is not set');
  return problems.length > 0 ? err(problems) : ok(config);
}

const DNS_PORT = 53;

/** Names that no public CA signs and nobody can register: RFC 6761 6, RFC 8375; internal: ICANN Board resolution 2024.07.29.06. */
const SPECIAL_USE_NAMES = ['localhost', 'test', 'example', 'internal', 'home.arpa'] as Hostname[];

/** Certificates are bound to an address: "all of them" cannot be bound, proven or dialled. */
const concreteAddress: as.Parse<IpAddress> = (text) => {
  const parsed = as.ipAddress(text);
  return parsed.ok && ['0.0.0.0', '::'].includes(parsed.value) ? err(`${text} stands for all addresses; name those that you mean`) : parsed;
};
