/** A slice of `npm run deep -- orders`. */
import { manyOrders } from '../support/many-orders.js';
import { acmeOnNginx, builtIn } from '../support/many-worlds.js';

manyOrders(50, 10, 'at the built-in CA and edge', builtIn);
manyOrders(30, 5, 'at an ACME CA and nginx', acmeOnNginx);
