import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Program } from '../common/testing-program.ts';
import type { World } from '../common/world.ts';
import { type Child, freePort, startProgram } from '../loki/testing-process.ts';

export const configText = (endpoint = '') => `
logging { level = "info" }
local.file_match "varlog" {
  path_targets = [
    {"__path__" = "/host/var/log/*.log", "job" = "varlog"},
    {"__path__" = "/host/var/log/*/*.log", "job" = "varlog"},
  ]
  sync_period = "250ms"
}
loki.source.file "varlog" {
  targets    = local.file_match.varlog.targets
  forward_to = [loki.relabel.varlog.receiver]
  file_watch { min_poll_frequency = "20ms" }
}
loki.relabel "varlog" {
  forward_to = [loki.process.redact.receiver]
  rule {
    source_labels = ["filename"]
    regex         = "/host(/.*)"
    target_label  = "filename"
    replacement   = "$1"
  }
}
loki.process "redact" {
  forward_to = [loki.write.store.receiver]
  stage.drop {
    longer_than         = "256KB"
    drop_counter_reason = "line_too_long"
  }
  stage.replace {
    expression = "(?i)password=(\\\\S+)"
    replace    = "[REDACTED]"
  }
}
loki.write "store" {
  endpoint {
    url        = "http://loki:3100/loki/api/v1/push"
    batch_wait = "50ms"
    min_backoff_period = "20ms"
    max_backoff_period = "100ms"
    ${endpoint}
  }
  external_labels = { env = "demo", host = constants.hostname }
}
`;

/** Directories as a container would have them, and the collector in them. */
export class Bench {
  readonly directory = mkdtempSync(join(tmpdir(), 'plumbline-alloy-'));
  readonly logs = join(this.directory, 'log');
  readonly storage = join(this.directory, 'data');
  readonly configFile = join(this.directory, 'etc', 'config.alloy');
  private readonly children: Child[] = [];
  private readonly program: Program;
  readonly port: number;
  readonly lokiPort: number;

  private constructor(program: Program, port: number, lokiPort: number) {
    this.program = program;
    this.port = port;
    this.lokiPort = lokiPort;
    for (const name of ['log', 'data', 'etc']) mkdirSync(join(this.directory, name));
    this.configure(configText());
  }

  static async open(program: Program, lokiPort?: number): Promise<Bench> {
    return new Bench(program, await freePort(), lokiPort ?? (await freePort()));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  configure(text: string): void {
    writeFileSync(this.configFile, text);
  }

  start(...more: readonly string[]): Child {
    const world: World = {
      service: 'alloy',
      hostname: 'box',
      environment: {},
      listen: { '12345': { host: '127.0.0.1', port: this.port } },
      hosts: { 'loki:3100': `127.0.0.1:${this.lokiPort}` },
      mounts: [
        { target: '/etc/alloy', source: join(this.directory, 'etc'), read_only: true },
        { target: '/var/lib/alloy/data', source: this.storage, read_only: false },
        { target: '/host/var/log', source: this.logs, read_only: true },
      ],
    };
    const args = [
      'run',
      '/etc/alloy/config.alloy',
      '--storage.path=/var/lib/alloy/data',
      '--server.http.listen-addr=0.0.0.0:12345',
      '--disable-reporting',
      ...more,
    ];
    const child = startProgram(this.program, args, world);
    this.children.push(child);
    return child;
  }

  async kill(child: Child): Promise<void> {
    child.process.kill('SIGKILL');
    await child.ended;
  }

  async close(): Promise<void> {
    await Promise.all(this.children.map((child) => this.kill(child)));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface Stored {
  readonly labels: Readonly<Record<string, string>>;
  readonly ns: bigint;
  readonly line: string;
}

/** For tests: takes pushes as Loki would, keeps an entry that it has once, and answers as it is told. */
export class Receiver {
  readonly bodies: string[] = [];
  /** The answer to the next pushes; 204 when there is none left. */
  readonly answers: (readonly [number, string])[] = [];
  /** Stored, but the answer takes this long: whoever is killed meanwhile does not know. */
  answerAfterMs = 0;
  private readonly entries = new Map<string, Stored>();
  private readonly server = createServer((request, response) => {
    void this.take(request).then(([status, text]) => response.writeHead(status).end(text));
  });

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** What is stored, in the order of time. */
  get stored(): readonly Stored[] {
    return [...this.entries.values()].sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0));
  }

  get lines(): readonly string[] {
    return this.stored.map((entry) => entry.line);
  }

  private async take(request: IncomingMessage): Promise<readonly [number, string]> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString();
    this.bodies.push(body);
    const [status, text] = this.answers.shift() ?? [204, ''];
    if (status === 204) this.store(body);
    if (this.answerAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, this.answerAfterMs));
    return [status, text];
  }

  private store(body: string): void {
    const { streams } = JSON.parse(body) as {
      streams: { stream: Record<string, string>; values: [string, string][] }[];
    };
    for (const { stream, values } of streams) {
      for (const [ns, line] of values) {
        this.entries.set(`${JSON.stringify(stream)} ${ns} ${line}`, { labels: stream, ns: BigInt(ns), line });
      }
    }
  }
}

/** Waits until something holds, and says what it saw last where it does not come to hold. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  const deadline = Date.now() + ms;
  for (;;) {
    if (await holds()) return;
    if (Date.now() > deadline) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
