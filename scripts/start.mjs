/** `npm start`: set-up, build, then the supervisor on the project's own Node, in our place. */
import { build } from './build.mjs';
import { inProject, projectNode, runHere } from './project.mjs';
import { setUp } from './setup.mjs';

await setUp();
await build();
process.chdir(inProject());
process.exit(await runHere(projectNode(), ['--disable-warning=ExperimentalWarning', inProject('dist/supervisor/main.js')]));
