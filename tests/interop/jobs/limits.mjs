// What Redis itself allows: the measures of bench.mjs that are not taken beside BullMQ's client.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Packr } from 'msgpackr';

const SCRIPTS = path.resolve(process.env.JOB_DRIVER, '../../../platform/jobs/bullmq');

// A fraction leaves no zero byte in it, and costs Lua as much to write as the whole number that clients send.
const NOW = 1764331234567.123;
const packer = new Packr({ useRecords: false, variableMapSize: true });

/** MessagePack as a word of bash. It cannot hold a zero byte. */
function shellWord(value) {
  const bytes = [...packer.pack(value)];
  if (bytes.includes(0)) throw new Error(`there is a zero byte in ${JSON.stringify(value)} as MessagePack`);
  return `$'${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}'`;
}

/** Jobs a second that redis-benchmark adds, with the script of add and so many connections. */
export async function addLimit(server, client, count, connections) {
  await client.del('bull:limit:wait');
  const sha = await client.script('LOAD', readFileSync(path.join(SCRIPTS, 'addStandardJob-9.lua')));
  const keys = ['wait', 'paused', 'meta', 'id', 'completed', 'delayed', 'active', 'events', 'marker'].map((name) => `bull:limit:${name}`);
  const words = [['bull:limit:', '', 'job', NOW, null, null, null, null, null], { attempts: 1, removeOnComplete: true }].map(shellWord);
  const output = execFileSync('bash', ['-c', `exec redis-benchmark -s "$1" -c "$2" -n "$3" --csv EVALSHA "$4" 9 "\${@:5}" ${words[0]} '{"n":1}' ${words[1]}`,
    'bash', server.socket, String(connections), String(count), sha, ...keys], { encoding: 'utf8' });
  const added = await client.llen('bull:limit:wait');
  if (added !== count) throw new Error(`redis-benchmark added ${added} of ${count} jobs: ${output}`);
  const [, rate] = output.trim().split('\n').at(-1).split(',');
  return Number(rate.replaceAll('"', ''));
}

/** Jobs a second that Redis could run if it did nothing but the scripts of `step`: by its own clock for them. */
export async function scriptLimit(client, count, step) {
  await client.config('RESETSTAT');
  await step();
  const [, microseconds] = /cmdstat_evalsha:calls=\d+,usec=(\d+)/.exec(await client.info('commandstats'));
  return (count / Number(microseconds)) * 1e6;
}

/** Resident memory of a process, in MB. */
export function residentMegabytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}
