import path from 'node:path';

/** Nothing of our own environment: configuration goes over IPC, and what is in an environment is inherited by grandchildren. */
export const childEnvironment = () => ({
  PATH: `${path.dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`,
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
  NODE_ENV: 'production',
});
