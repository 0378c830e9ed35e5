import { join } from 'node:path';
import { startTestPostfix } from '../../support/mail/postfix.js';
import { smallDisk } from '../../support/suite/small-disk.js';
import { installerContract, type InstallerFixture } from '../installer.contract.js';

installerContract(
  'postfix',
  async (): Promise<InstallerFixture> => {
    const disk = await smallDisk();
    const postfix = await startTestPostfix(disk && { tree: join(disk.path, 'tree') });
    return {
      installer: postfix.installer,
      places: [postfix.places.submission, postfix.places.submissionElsewhere],
      crash: async () => {
        await postfix.kill();
        await postfix.start();
      },
      fillDisk: disk?.fill,
      stop: async () => {
        await postfix.stop();
        await disk?.remove();
      },
    };
  },
  {
    rehearses: false,
    lacks: { CHALLENGES_AT_EVERY_ADDRESS: 'it shows no files to CAs' },
    mail: { noop: 'NOOP', wildcardsOfOneLabel: false },
  },
);
