import { join } from 'node:path';
import { startTestDovecot } from '../../support/mail/dovecot.js';
import { smallDisk } from '../../support/suite/small-disk.js';
import { installerContract, type InstallerFixture } from '../installer.contract.js';

installerContract(
  'dovecot',
  async (): Promise<InstallerFixture> => {
    const disk = await smallDisk();
    const dovecot = await startTestDovecot(disk && { tree: join(disk.path, 'tree') });
    return {
      installer: dovecot.installer,
      places: [dovecot.places.imaps, dovecot.places.imapsElsewhere],
      crash: async () => {
        await dovecot.kill();
        await dovecot.start();
      },
      fillDisk: disk?.fill,
      stop: async () => {
        await dovecot.stop();
        await disk?.remove();
      },
    };
  },
  {
    rehearses: false,
    lacks: { CHALLENGES_AT_EVERY_ADDRESS: 'it shows no files to CAs' },
    mail: { noop: 'a NOOP', wildcardsOfOneLabel: true },
  },
);
