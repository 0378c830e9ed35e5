/**
 * GraphiQL, for a person with a browser: a small page, and its parts as files that are named by their content, so that a browser
 * fetches the nine megabytes once. They are loaded and zipped when the first person asks, and are sent zipped or not at all.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

type Part = { readonly name: string; readonly type: string; readonly zipped: Buffer };
type Editor = { readonly page: string; readonly parts: ReadonlyMap<string, Part> };

export function serveGraphiql(app: FastifyInstance): void {
  let loading: Promise<Editor> | undefined;
  const editor = () => (loading ??= load());

  app.get('/', (_, reply) => reply.redirect('/graphql', 302));
  app.get('/graphql', async (_, reply) => {
    const { page } = await editor();
    return reply.type('text/html; charset=utf-8').headers({ 'cache-control': 'no-cache', 'content-security-policy': POLICY }).send(page);
  });
  app.get<{ Params: { name: string } }>(`${FOLDER}:name`, async (request, reply) => {
    const part = (await editor()).parts.get(request.params.name);
    if (!part) return reply.callNotFound();
    if (!takesGzip(request.headers['accept-encoding']))
      return reply.code(406).type('text/plain').send('This file is sent with gzip only.\n');
    return reply
      .type(part.type)
      .headers({ 'cache-control': 'public, max-age=31536000, immutable', 'content-encoding': 'gzip', vary: 'accept-encoding' })
      .header('content-security-policy', POLICY)
      .send(part.zipped);
  });
}

const FOLDER = '/graphql/parts/';
/** Monaco, the editor in it, writes its styles into the page; everything else is a file of this origin. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src data:; worker-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const WELCOME = `# Set the header {"Authorization": "Bearer <token>"} below; Ctrl-Space completes.
{
  me { id name kind }
  sites(first: 10) { nodes { names security { state } } }
}
`;

async function load(): Promise<Editor> {
  const { css, editorWorkerService, favicon, graphqlWorker, js, jsonWorker } = await import('@graphql-yoga/render-graphiql/graphiql');
  const workers = {
    editorWorkerService: await makePart('js', editorWorkerService),
    json: await makePart('js', jsonWorker),
    graphql: await makePart('js', graphqlWorker),
  };
  const places = Object.fromEntries(Object.entries(workers).map(([label, part]) => [label, `${FOLDER}${part.name}`]));
  const start = { endpoint: '/graphql', title: 'Hostseal GraphQL', defaultQuery: WELCOME };
  const script = await makePart(
    'js',
    `self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_, label) => (${JSON.stringify(places)})[label] };
${js};
YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), ${JSON.stringify(start)});
`,
  );
  const style = await makePart('css', css);
  const icon = await makePart('ico', Buffer.from(favicon.slice(favicon.indexOf(',') + 1), 'base64'));
  const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>${start.title}</title>
    <link rel="icon" href="${FOLDER}${icon.name}" />
    <link rel="stylesheet" href="${FOLDER}${style.name}" />
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script src="${FOLDER}${script.name}"></script>
  </body>
</html>
`;
  return { page, parts: new Map([...Object.values(workers), script, style, icon].map((part) => [part.name, part])) };
}

const TYPES = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', ico: 'image/x-icon' } as const;

async function makePart(extension: keyof typeof TYPES, content: string | Buffer): Promise<Part> {
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 16);
  return { name: `${hash}.${extension}`, type: TYPES[extension], zipped: await promisify(gzip)(content) };
}

/** Where nothing is said, anything may be sent (RFC 9110 12.5.3). */
const takesGzip = (accepted: unknown): boolean =>
  accepted === undefined || /(^|[\s,])(gzip|\*)\s*($|,|;\s*q=(1|0\.\d*[1-9]))/i.test(String(accepted));
