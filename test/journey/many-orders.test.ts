/** A slice of `npm run deep -- orders`: more than a worker takes at once (16), so that some have to wait for their turn. */
import { manyOrders } from '../support/many-orders.js';
import { acmeOnNginx, builtIn } from '../support/many-worlds.js';

manyOrders(24, 6, 'at the built-in CA and edge', builtIn);
manyOrders(18, 4, 'at an ACME CA and nginx', acmeOnNginx);
