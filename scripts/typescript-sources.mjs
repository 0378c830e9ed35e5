/**
 * Lets a script import from src/ before anything is built: Node strips the types by itself (24 and later), and this maps the
 * `.js` of our imports to the `.ts` that is there.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, nextResolve) {
    const ours = specifier.startsWith('.') && specifier.endsWith('.js') && !context.parentURL?.includes('/node_modules/');
    return nextResolve(ours ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});
