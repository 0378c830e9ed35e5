/** Two hundred orders at once: test/journey/many-orders.test.ts has a slice of it. */
import { manyOrders } from '../support/many-orders.js';
import { acmeOnNginx, builtIn } from '../support/many-worlds.js';

manyOrders(200, 20, 'at the built-in CA and edge', builtIn);
manyOrders(200, 20, 'at an ACME CA and nginx', acmeOnNginx);
manyOrders(200, 20, 'at an ACME CA that refuses nonces, and nginx', () => acmeOnNginx({ nonceReject: 15, authorizationReuse: 50 }));
