/** Where an embedded PostgreSQL lives, and as whom. */
import type { Random } from '../../../values/random.js';
import type { Identity } from '../../config/identity.js';

export type PostgresPlace = {
  /** The cluster and its password live here, mode 0700. Made when missing; its parent must exist. */
  readonly home: string;
  /** Holds `.s.PGSQL.5432`, and `lib` with the names of PostgreSQL's libraries; exists, and only `identity` can enter it. At most 90 bytes: a socket's path has 107. */
  readonly socketDir: string;
  /** PostgreSQL appends its messages here: without statements, parameters or row values, which may hold secrets. */
  readonly logFile: string;
  /** PostgreSQL refuses to run as root: whom it runs as then. */
  readonly identity?: Identity;
  readonly random: Random;
  /** PostgreSQL's `bin`, `lib` and `share`, where it is not to be the npm package's own. */
  readonly installation?: string;
  /** On top of ours; `fsync: 'off'` is for data that nobody will miss. */
  readonly settings?: Readonly<Record<string, string>>;
};
