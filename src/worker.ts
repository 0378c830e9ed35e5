/** The process that does the jobs and answers no calls: the role `worker`. Started by the supervisor. */
import { noFaults } from './platform/fault-points.js';
import { runApp } from './run-app.js';

await runApp({ faults: noFaults });
