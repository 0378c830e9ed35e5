/** The user that Hostseal runs as where root starts it: made at the first start. */
import { spawnSync } from 'node:child_process';
import { findUser, type Identity } from '../platform/config/identity.js';
import { say } from './problems.js';

const NAME = 'hostseal';

export const systemUser = (): Identity => findUser(NAME) ?? createUser() ?? borrowNobody();

function createUser(): Identity | undefined {
  const nowhere = ['--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  spawnSync('useradd', ['--system', '--user-group', ...nowhere, NAME]);
  const created = findUser(NAME);
  if (created) say(`Created the system user ${NAME}, which Hostseal runs as.`);
  return created;
}

function borrowNobody(): Identity {
  say(`The system user ${NAME} cannot be created here (useradd); Hostseal runs as nobody.`);
  return findUser('nobody') ?? { uid: 65_534, gid: 65_534 };
}
