/** Two hundred orders at once: test/journey/many-orders.test.ts has a slice of it. */
import { manyOrders } from '../support/many-orders.js';

manyOrders(200, 20);
