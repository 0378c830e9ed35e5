/** The process that answers the API and, in the role `all`, does the jobs. Started by the supervisor. */
import { noFaults } from './platform/fault-points.js';
import { runApp } from './run-app.js';

await runApp({ faults: noFaults });
