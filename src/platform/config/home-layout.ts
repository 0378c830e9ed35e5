/**
 * What lies where on the disk. Pure but for two questions to the disk: which instance is this, and was its data put elsewhere?
 * `home.ts` makes the folders. The `instance-id` in HOSTSEAL_HOME is random and made once: a home that is moved keeps its
 * database and its sockets, which a hash of its path would lose.
 */
import fs from 'node:fs';
import path from 'node:path';

export type HomeLayout = {
  /** 32 hex digits. */
  readonly instanceId: string;
  /** Holds all that follows, but `run` where its path would be too long. */
  readonly home: string;
  readonly postgres: string;
  readonly logs: string;
  /** The embedded edge's own tree: certificates, keys and challenges that it serves. */
  readonly edge: string;
  /** What the configuration of ACME directories needs beside variables; need not be there (`acme-files.ts`). */
  readonly acme: string;
  /** Public roots that are newer than those that Hostseal came with; need not be there. */
  readonly publicRootsFile: string;
  readonly vaultKeyFile: string;
  /** The first token of the administrator, mode 0600. */
  readonly adminTokenFile: string;
  /** Sockets, mode 0700. */
  readonly run: string;
  readonly apiSocket: string;
  readonly edgeControlSocket: string;
  readonly edgeRehearsalSocket: string;
};

type HomeConfig = { readonly home: string; readonly vaultKeyFile: string | undefined };

export const INSTANCE_ID_FILE = 'instance-id';
/** The one folder that an administrator fills, also before the first start. */
export const ACME = 'acme';

/** Of a home that was started once; undefined before. For the CLI, which finds the sockets and the token by it. */
export function findHome(config: HomeConfig): HomeLayout | undefined {
  const instanceId = readInstanceId(config.home);
  if (instanceId === undefined) return undefined;
  const elsewhere = dataElsewhere(instanceId);
  return layoutOf(fs.existsSync(elsewhere) ? { ...config, home: elsewhere } : config, instanceId);
}

export function readInstanceId(home: string): string | undefined {
  const file = path.join(home, INSTANCE_ID_FILE);
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : '';
  return /^[0-9a-f]{32}$/.test(text) ? text : undefined;
}

export function layoutOf({ home, vaultKeyFile }: HomeConfig, instanceId: string): HomeLayout {
  const below = path.join(home, 'run');
  const run = Buffer.byteLength(path.join(below, EDGE_REHEARSAL)) <= MAX_SOCKET_PATH ? below : `/tmp/hostseal-${instanceId}`;
  return {
    instanceId,
    home,
    postgres: path.join(home, 'postgresql'),
    logs: path.join(home, 'logs'),
    edge: path.join(home, 'edge'),
    acme: path.join(home, ACME),
    publicRootsFile: path.join(home, 'trust', 'mozilla.pem'),
    vaultKeyFile: vaultKeyFile ?? path.join(home, 'vault.key'),
    adminTokenFile: path.join(home, 'admin.token'),
    run,
    apiSocket: path.join(run, 'api.sock'),
    edgeControlSocket: path.join(run, 'edge-control.sock'),
    edgeRehearsalSocket: path.join(run, EDGE_REHEARSAL),
  };
}

/** The longest of the sockets' names; PostgreSQL's is `.s.PGSQL.5432`. */
const EDGE_REHEARSAL = 'edge-rehearsal.sock';
/** sun_path has 108 bytes with its end mark (unix(7)). */
const MAX_SOCKET_PATH = 107;

/** Root's own place (supervisor/leave-root.ts): for the data of an instance whose home the system user cannot reach. */
export const dataElsewhere = (instanceId: string): string => `/var/lib/hostseal/${instanceId}`;
