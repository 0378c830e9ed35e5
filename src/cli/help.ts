/** What `--help` prints. docs/cli.md says more. */
import type { CommandName } from './command-line.js';

const PLATFORM = `Which platform:
  By default the one of HOSTSEAL_HOME on this machine, with its administrator's token. Configuration as for npm start.
  --url URL           The API of another platform: https://panel.example/graphql
  --token-file FILE   File that holds an API token
  --ca-file FILE      PEM of a CA that is trusted beside the public ones`;

const HELP: Readonly<Record<CommandName, string>> = {
  secure: `hostseal secure NAME [NAME...]

Makes one site of these names (the first is the main one) where there is none, orders a certificate, and follows it until real
handshakes have proven it. A site that is secure already, with plenty of its certificate's life left, is left alone; an order
that is under way is followed, never doubled. Ctrl-C stops watching only: the order goes on.

  --renew             Order a new certificate even so
  --timeout SECONDS   Stop watching after this time; 120 by default
  --json              Print no progress, and one JSON document at the end

${PLATFORM}`,
  status: `hostseal status

What real handshakes of the last minutes say of each site, with expiry and problems, and whether the platform is ready.
Exit code 0 only if all sites are secure.

  --site NAME         The site with this name only
  --json              One JSON document

${PLATFORM}`,
  check: `hostseal check HOST[:PORT]

Looks at a TLS server from here as a browser and a tester do, explains its handshakes, and says what is wrong, who has to act
and what to do. Needs no platform. HOST is a name or an address ([2001:db8::1] in brackets before a port); the port is 443 by
default, with --starttls that of the protocol. From the command line every address may be checked, private ones too.

  --sni NAME          Ask for this name; by default HOST, and none for an address
  --connect ADDRESS   Connect to this address, wherever the name leads
  --starttls PROTOCOL Begin TLS within smtp, imap or pop3
  --roots FILE        PEM of the CAs that are trusted, in the place of the public ones
  --at TIME           Judge certificates at this time: 2027-01-31T00:00:00Z
  --sweep             Make one handshake with each address, and no more
  --json              One JSON document (docs/check.schema.json)

Exit code 0: nothing wrong; 1: something is; 2: it could not be checked, or not all of it could be found out.`,
  doctor: `hostseal doctor

Examines the Hostseal of HOSTSEAL_HOME on this machine (configuration, data folder, processes, database, edge, panel's
certificate, token) and says what to do about each thing that is wrong. Changes nothing.

  --json              One JSON document`,
  verify: `hostseal verify --batch

Validates certification paths without a server and without a network: one JSON test case a line on standard input, in the form
of x509-limbo, and for each a line on standard output, in order: {"id", "actual_result": "SUCCESS" or "FAILURE", "context"}.
A line that is no test case is a FAILURE, and the next one is read.

  --batch             Read cases from standard input`,
};

const OVERVIEW = `Usage: hostseal COMMAND [options]

  secure NAME [NAME...]   Get a site a certificate, and prove that it is served
  status                  The sites, and whether they are secure right now
  check HOST[:PORT]       What is wrong with a TLS server, and who has to act
  doctor                  What is wrong with this installation, and what to do
  verify --batch          Validate certification paths given as test cases

  COMMAND --help          More about a command
  --version               The version

Exit codes: 0 secure, or done; 1 not secure, or failed; 2 usage or configuration; 3 platform out of reach;
4 no valid token, or not allowed; 5 timed out; 130 interrupted.`;

export const helpOf = (command?: CommandName): string => (command ? HELP[command] : OVERVIEW);
