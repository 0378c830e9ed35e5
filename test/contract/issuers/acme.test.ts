import { afterAll, beforeAll } from 'vitest';
import { startPebble, type Pebble } from '../../support/acme/pebble.js';
import { issuerContract } from '../issuer.contract.js';
import { onPebble } from './acme.fixture.js';

let pebble: Pebble;
beforeAll(async () => void (pebble = await startPebble({ nonceReject: 15 })));
afterAll(() => pebble.stop());

issuerContract('acme, on Pebble that refuses 15 % of good nonces', async () => onPebble(pebble), { looksAgain: false });
