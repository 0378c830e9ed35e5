/** Who may import whom. One rule, one sentence; severity is always error. */
const PURE = '^src/(values|cores)/|^src/features/[^/]+/[^/.]+[.]ts$'; // order.ts is pure; orders.store.ts is not
const rule = (name, comment, from, to, extra = {}) => ({ name, comment, severity: 'error', from, to, ...extra });
const GENERATED = '^src/platform/database/generated/'; // Prisma's, with circles of its own
/** A room may import only rooms named before it. */
const ordered = (floor, rooms) =>
  rooms
    .slice(0, -1)
    .map((room, i) =>
      rule(
        `${floor}-order-${room}`,
        `${room} may not know rooms to its right: ${rooms.slice(i + 1).join(', ')}.`,
        { path: `^src/${floor}/${room}/` },
        { path: `^src/${floor}/(${rooms.slice(i + 1).join('|')})/` },
      ),
    );
module.exports = {
  forbidden: [
    rule('no-circles', 'A circle between files.', { pathNot: GENERATED }, { circular: true }),
    rule('no-room-circles', 'A circle between rooms.', { path: '^src/' }, { circular: true }, { scope: 'folder' }),
    rule(
      'values-import-nothing',
      'values/ stands on nothing of ours.',
      { path: '^src/values/' },
      { path: '^src/', pathNot: '^src/values/' },
    ),
    rule(
      'cores-stand-on-values',
      'cores/ know values/ and cores/ only.',
      { path: '^src/cores/' },
      { path: '^src/', pathNot: '^src/(cores|values)/' },
    ),
    rule(
      'pure-has-no-machinery',
      'No Nest, Prisma, GraphQL, queue or I/O in pure files.',
      { path: PURE },
      {
        path: [
          'node_modules/(@nestjs|@prisma|prisma|graphql|pg-boss|acme-client)',
          '^(node:)?(fs|net|tls|http|https|http2|dgram|dns|child_process|worker_threads|timers)(/|$)',
        ],
      },
    ),
    rule(
      'pure-feature-files',
      "A feature's pure file knows only values, cores and pure files.",
      { path: '^src/features/[^/]+/[^/.]+[.]ts$' },
      { path: '^src/', pathNot: '^src/(values|cores)/|^src/features/[^/]+/[^/.]+[.]ts$' },
    ),
    rule(
      'graphql-only-at-the-edge',
      'Only resolvers and *.graphql.ts see GraphQL.',
      {
        path: '^src/',
        pathNot: '^src/graphql/|[.](resolver|graphql)[.]ts$|^src/(app[.]module|create-app|print-schema)[.]ts$|[.]module[.]ts$',
      },
      { path: ['node_modules/(@nestjs/)?graphql', '^src/graphql/', '[.](resolver|graphql)[.]ts$'] },
    ),
    rule(
      'resolver-calls-service',
      'A resolver never reaches past its service.',
      { path: '[.]resolver[.]ts$' },
      { path: '^src/(adapters|platform)/|[.](store|job)[.]ts$' },
    ),
    rule(
      'prisma-only-in-stores',
      'Prisma lives in *.store.ts and platform/.',
      { path: '^src/', pathNot: '[.]store[.]ts$|^src/platform/' },
      { path: ['node_modules/@prisma', '^src/platform/database/generated/'] },
    ),
    ...ordered('cores', ['pki', 'tls', 'ssh', 'policy']),
    ...ordered('features', [
      'accounts',
      'catalog',
      'issuer-accounts',
      'ledger',
      'hosts',
      'servers',
      'domains',
      'sites',
      'pools',
      'certificates',
      'orders',
      'issuance',
      'policies',
      'bindings',
      'observations',
      'placements',
      'deployments',
      'findings',
      'site-checks',
      'inspection',
      'health',
      'fronts',
      'moves',
      'repairs',
      'mending',
      'autossl',
      'notices',
    ]),
    rule(
      'store-is-private',
      "Nobody reads another room's tables.",
      { path: '^src/features/([^/]+)/' },
      { path: '^src/features/[^/]+/[^/]+[.]store[.]ts$', pathNot: '^src/features/$1/' },
    ),
    rule(
      'features-see-ports-only',
      'Features import adapters/<family>/<port>.ts, never a member.',
      { path: '^src/features/' },
      { path: '^src/adapters/[^/]+/[^/]+/' },
    ),
    rule(
      'members-do-not-know-each-other',
      'Two members of a family share only the port. network/ has no members but floors: dialing, http, probe. installers/generations is no member but what those have in common that read files.',
      { path: '^src/adapters/([^/]+)/([^/]+)/', pathNot: '^src/adapters/network/' },
      { path: '^src/adapters/$1/[^/]+/', pathNot: '^src/adapters/($1/$2|installers/generations)/' },
    ),
    rule(
      'generations-know-no-member',
      'What servers that read files have in common knows none of them.',
      { path: '^src/adapters/installers/generations/' },
      { path: '^src/adapters/installers/[^/]+/', pathNot: '^src/adapters/installers/generations/' },
    ),
    rule(
      'adapters-look-inward',
      'Adapters know cores, values, network and their port.',
      { path: '^src/adapters/' },
      { path: '^src/(features|graphql|platform)/' },
    ),
    rule(
      'sockets-live-in-few-rooms',
      'Only network, hosts, the edge, the embedded database and the supervisor open a socket or a process.',
      {
        path: '^src/',
        pathNot:
          '^src/adapters/(network|hosts|installers/embedded-edge)/|^src/platform/database/embedded|^src/supervisor/|^src/cli/|^src/(main|worker)[.]ts$',
      },
      { path: '^(node:)?(net|tls|http|https|http2|dgram|dns|child_process)(/|$)' },
    ),
    rule(
      'clients-only-in-adapters',
      'Libraries that dial on their own live in adapters, on our dialer.',
      { path: '^src/', pathNot: '^src/adapters/' },
      { path: 'node_modules/(axios|undici|acme-client|ssh2|nodemailer|dns-packet)/' },
    ),
    rule('cli-is-an-edge', 'The CLI knows no feature.', { path: '^src/cli/' }, { path: '^src/(features|graphql)/' }),
    rule(
      'command-starts-without-a-schema-library',
      'Certificates are read by cores/pki alone: to load a library for ASN.1 takes a command longer than a whole handshake. The doctor loads it with the members that make certificates, once it is asked for.',
      { path: '^src/cli/', pathNot: '^src/cli/(main|doctor/doctor)[.]ts$' },
      { path: 'node_modules/(@peculiar|reflect-metadata)/', reachable: true },
    ),
    rule(
      'probe-without-node-tls',
      'cores/tls completes handshakes itself; node:tls is a peer in tests.',
      { path: '^src/(cores/|adapters/network/(prober[.]ts$|site-checker[.]ts$|probe/))' },
      { path: '^(node:)?tls$' },
    ),
    rule('simulators-are-strangers', 'A simulator never sees what it tests.', { path: '^test/simulators/' }, { path: '^src/' }),
    rule(
      'platform-is-below',
      'platform/ knows values and cores, never features or adapters.',
      { path: '^src/platform/' },
      { path: '^src/(features|adapters|graphql)/' },
    ),
    rule(
      'edge-room-is-thin',
      'graphql/ knows values only.',
      { path: '^src/graphql/' },
      { path: '^src/', pathNot: '^src/(graphql|values)/' },
    ),
    rule(
      'demo-is-a-guest',
      'The demo is a caller: only the test that plays it knows it.',
      { path: '^(src|test)/', pathNot: '^test/support/demo[.]ts$' },
      { path: '^demo/' },
    ),
    rule('unresolvable', 'An import that is not there.', {}, { couldNotResolve: true }),
    rule(
      'no-orphans',
      'Dead file.',
      {
        orphan: true,
        path: '^src/',
        pathNot: '^src/(main|worker)[.]ts$|^src/cli/|^src/supervisor/main[.]ts$|^src/platform/database/generated/|[.]d[.]ts$',
      },
      {},
    ),
    rule('no-dev-deps-in-src', 'src/ ships; dev packages do not.', { path: '^src/' }, { dependencyTypes: ['npm-dev'] }),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
