/** Every row of the lab. */
import type { LabServer } from './lab-server.js';
import { addresses } from './servers/addresses.js';
import { certificates } from './servers/certificates.js';
import { chains } from './servers/chains.js';
import { intolerant } from './servers/intolerant.js';
import { lies } from './servers/lies.js';
import { mailServers } from './servers/mail.js';
import { names } from './servers/names.js';
import { silent } from './servers/silent.js';
import { sound } from './servers/sound.js';
import { suites } from './servers/suites.js';
import { visitors } from './servers/visitors.js';

export const ALL: readonly LabServer[] = [
  sound,
  certificates,
  chains,
  names,
  suites,
  visitors,
  addresses,
  intolerant,
  lies,
  silent,
  mailServers,
].flat();
