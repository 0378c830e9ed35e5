/**
 * A small authoritative DNS server for tests, on loopback, over UDP and TCP at the same port (RFC 1035 4.2).
 * It knows A and AAAA only. A key that begins with `*.` answers for every name below it that is not listed itself.
 */
import packet, { type Answer, type Packet, type Question } from 'dns-packet';
import dgram from 'node:dgram';
import net from 'node:net';

/** Addresses per name; an empty list is a name that exists without an address. Change it at any time. */
export type Zone = Map<string, readonly string[]>;

export type DnsServer = {
  /** `127.0.0.1:40053`, as a resolver wants it. */
  readonly server: string;
  readonly zone: Zone;
  /** The names that were asked for, lower case, in order. */
  readonly asked: string[];
  /** `REFUSED`, `SERVFAIL`: every question is answered so. `SILENT`: none is answered. */
  fault: 'NONE' | 'REFUSED' | 'SERVFAIL' | 'SILENT';
  stop(): Promise<void>;
};

export async function startDns(zone: Readonly<Record<string, readonly string[]>>): Promise<DnsServer> {
  const { tcp, udp, port } = await bind();
  const connections = new Set<net.Socket>();

  const dns: DnsServer = {
    server: `127.0.0.1:${port}`,
    zone: new Map(Object.entries(zone)),
    asked: [],
    fault: 'NONE',
    async stop() {
      connections.forEach((socket) => socket.destroy());
      await Promise.all([new Promise<void>((done) => udp.close(done)), new Promise<unknown>((done) => tcp.close(done))]);
    },
  };

  tcp.on('connection', serveTcp);
  udp.on('message', (message, from) => {
    const answer = answerTo(dns, packet.decode(message));
    if (answer) udp.send(packet.encode(answer), from.port, from.address);
  });

  function serveTcp(socket: net.Socket): void {
    connections.add(socket);
    let pending = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('close', () => connections.delete(socket));
    socket.on('data', (bytes: Buffer) => {
      pending = Buffer.concat([pending, bytes]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const answer = answerTo(dns, packet.streamDecode(pending));
        pending = pending.subarray(2 + pending.readUInt16BE(0));
        if (answer) socket.write(packet.streamEncode(answer));
      }
    });
  }
  return dns;
}

/** Both on one free port: where the one that UDP was given is taken for TCP, another is tried. */
async function bind(): Promise<{ tcp: net.Server; udp: dgram.Socket; port: number }> {
  const udp = dgram.createSocket('udp4');
  await new Promise<void>((resolve, reject) => udp.once('error', reject).bind(0, '127.0.0.1', resolve));
  const { port } = udp.address();
  const tcp = net.createServer();
  const bound = await new Promise<boolean>((resolve) =>
    tcp.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)),
  );
  if (bound) return { tcp, udp, port };
  udp.close();
  return bind();
}

const RCODE = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 } as const;

function answerTo(dns: DnsServer, query: Packet): Packet | undefined {
  const [question] = query.questions ?? [];
  if (!question || dns.fault === 'SILENT') return undefined;
  const name = question.name.toLowerCase();
  dns.asked.push(name);
  const reply = (rcode: number, answers: Answer[] = []): Packet => ({
    type: 'response',
    id: query.id,
    flags: packet.AUTHORITATIVE_ANSWER | packet.RECURSION_AVAILABLE | rcode,
    questions: [question],
    answers,
  });
  if (dns.fault !== 'NONE') return reply(RCODE[dns.fault]);
  const addresses = find(dns.zone, name);
  return addresses === undefined ? reply(RCODE.NXDOMAIN) : reply(0, recordsFor(question, addresses));
}

/** The name itself, else the closest wildcard above it (RFC 4592 3.3.1). */
function find(zone: Zone, name: string): readonly string[] | undefined {
  const labels = name.split('.');
  const wildcards = labels.map((_, i) => `*.${labels.slice(i + 1).join('.')}`);
  const key = [name, ...wildcards].find((candidate) => zone.has(candidate));
  return key === undefined ? undefined : zone.get(key);
}

function recordsFor(question: Question, addresses: readonly string[]): Answer[] {
  return addresses
    .map((data): Answer => ({ type: data.includes(':') ? 'AAAA' : 'A', name: question.name, ttl: 0, data }))
    .filter(({ type }) => type === question.type);
}
