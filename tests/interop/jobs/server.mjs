// A private Redis and our driver, for the tests beside.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import Redis from 'ioredis';

const DRIVER = process.env.JOB_DRIVER;
if (!DRIVER) throw new Error('JOB_DRIVER must name the driver: run it by ctest');
const PYTHON = path.resolve(import.meta.dirname, '../../../.local/toolchain/python/bin/python');
const PEER = path.join(import.meta.dirname, 'peer.py');

export class Server {
  static async open() {
    const folder = mkdtempSync(path.join(tmpdir(), 'busflow-jobs-'));
    const socket = path.join(folder, 'socket');
    const child = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', ''], { stdio: 'ignore' });
    child.on('error', (problem) => { throw problem; });
    const server = new Server(folder, socket, child);
    await until(async () => (await server.client().ping()) === 'PONG');
    return server;
  }

  constructor(folder, socket, child) {
    Object.assign(this, { folder, socket, child, children: [], clients: [] });
  }

  get connection() {
    return { path: this.socket, maxRetriesPerRequest: null };
  }

  client() {
    const client = new Redis({ path: this.socket, maxRetriesPerRequest: null, retryStrategy: () => 20 });
    client.on('error', () => {}); // not up yet, or stopped: what is awaited says it
    this.clients.push(client);
    return client;
  }

  /** Starts the driver; resolves with it once it printed its first line. */
  driver(...words) { return this.start([DRIVER], words); }
  /** Runs the driver to its end; its output. */
  run(...words) { return this.finish([DRIVER], words); }

  /** The same with BullMQ's Python client (peer.py). */
  python(...words) { return this.start([PYTHON, PEER], words); }
  runPython(...words) { return this.finish([PYTHON, PEER], words); }

  spawn([program, ...script], words) {
    const child = spawn(program, [...script, this.socket, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.children.push(child);
    return child;
  }

  async start(program, words) {
    const child = this.spawn(program, words);
    const [line] = await once(child.stdout, 'data');
    return { child, line: String(line).trim() };
  }

  async finish(program, words) {
    const child = this.spawn(program, words);
    let output = '';
    child.stdout.on('data', (text) => { output += text; });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${program.at(-1)} ${words.join(' ')} ended with ${code}`);
    return output.trim();
  }

  async stop() {
    for (const child of this.children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'close');
    }
    for (const client of this.clients) client.disconnect();
    this.child.kill('SIGKILL');
    await once(this.child, 'close');
    rmSync(this.folder, { recursive: true });
  }
}

/** Waits for a condition; a test that waits in vain fails. */
export async function until(condition, limit = 20_000) {
  const end = Date.now() + limit;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${condition}`);
    await delay(10);
  }
}

/** All keys of a queue with what they hold, JSON texts parsed, so that the order of their fields does not matter. */
export async function dump(client, queue) {
  const found = {};
  for (const key of (await client.keys(`bull:${queue}:*`)).sort()) {
    const name = key.slice(`bull:${queue}:`.length);
    const type = await client.type(key);
    if (type === 'hash') found[name] = Object.fromEntries(Object.entries(await client.hgetall(key)).map(([field, value]) => [field, parsed(value)]));
    if (type === 'list') found[name] = await client.lrange(key, 0, -1);
    if (type === 'set') found[name] = (await client.smembers(key)).sort();
    if (type === 'zset') found[name] = await client.zrange(key, 0, -1);
    if (type === 'string') found[name] = await client.get(key);
    if (type === 'stream') found[name] = (await client.xrange(key, '-', '+')).map(([, fields]) => fields);
  }
  return found;
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return text; }
}
