/** A slice of `npm run deep -- orders`. */
import { manyOrders } from '../support/many-orders.js';

manyOrders(50, 10);
