// Adding and processing small jobs: BullMQ and ours in turns on one Redis, on one machine. Only the ratio means anything.
// usage (by `make bench`): JOB_DRIVER=… node bench.mjs [--jobs 20000] [--rounds 3]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Queue, Worker } from 'bullmq';
import { addLimit, residentMegabytes, scriptLimit } from './limits.mjs';
import { Server } from './server.mjs';

const { values } = parseArgs({ options: { jobs: { type: 'string', default: '20000' }, rounds: { type: 'string', default: '3' } } });
const count = Number(values.jobs);
const opts = { removeOnComplete: true };
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];

async function seconds(step) {
  const begun = process.hrtime.bigint();
  await step();
  return Number(process.hrtime.bigint() - begun) / 1e9;
}

const server = await Server.open();
const queue = new Queue('node', { connection: server.connection });
await queue.waitUntilReady();

/** So many callers that each wait for their own job to be added. */
const FEW = 8;
const MANY = 64;
const addEach = (callers) => () => seconds(async () => {
  let left = count;
  const one = async () => { while (left-- > 0) await queue.add('job', { n: 1 }, opts); };
  await Promise.all(Array.from({ length: callers }, one));
});
const bullmq = {
  'add-each': addEach(FEW),
  'add-each-many': addEach(MANY),
  'add-bulk': () => seconds(async () => {
    const jobs = Array.from({ length: 500 }, () => ({ name: 'job', data: { n: 1 }, opts }));
    for (let left = count; left > 0; left -= 500) await queue.addBulk(jobs);
  }),
  process: () => seconds(async () => {
    let done = 0;
    let worker;
    await new Promise((resolve) => {
      worker = new Worker('node', async () => { if (++done === count) resolve(); }, { connection: server.connection, concurrency: 16 });
    });
    await worker.close();
  }),
};

const busflow = (step) => (step.startsWith('add-each') ? ['add-each', 'ours', String(count), String(step === 'add-each' ? FEW : MANY)] : [step, 'ours', String(count)]);
const rates = Object.fromEntries(Object.keys(bullmq).map((step) => [step, [[], []]]));
for (let round = 0; round < Number(values.rounds); round++) {
  for (const fill of ['add-each', 'add-each-many', 'add-bulk']) {
    for (const step of [fill, 'process']) {
      rates[step][0].push(count / await bullmq[step]());
      rates[step][1].push(count / Number(await server.run(...busflow(step))));
    }
  }
}

/** Of the time from before the adding to the start of the handler, in microseconds: 50th and 99th percentile. */
async function latencyOfBullmq(jobs) {
  const times = [];
  let begun;
  let started;
  const worker = new Worker('node-latency', async () => { times.push(Number(process.hrtime.bigint() - begun) / 1000); started(); }, { connection: server.connection });
  await worker.waitUntilReady();
  for (let i = 0; i < jobs; i++) {
    const next = new Promise((resolve) => { started = resolve; });
    begun = process.hrtime.bigint();
    await Promise.all([latencyQueue.add('job', { n: 1 }, opts), next]);
  }
  await worker.close();
  times.sort((a, b) => a - b);
  return [times[Math.floor(jobs / 2)], times[Math.floor(jobs * 0.99)]];
}

const client = server.client();
const adding = [await addLimit(server, client, count, FEW), await addLimit(server, client, count, MANY)];
await server.run('add-bulk', 'ours', String(count));
let processing;
const limit = await scriptLimit(client, count, async () => { processing = count / Number(await server.run('process', 'ours', String(count))); });
const latencyQueue = new Queue('node-latency', { connection: server.connection });
const theirLatency = await latencyOfBullmq(2000);
const ourLatency = (await server.run('latency', 'ours-latency', '2000')).split(' ').map(Number);
const idle = (await server.driver('work', 'ours-idle')).child;
const nodeIdle = spawn(process.execPath, ['--input-type=module', '-e', `import { Worker } from 'bullmq'; new Worker('node-idle', async () => {}, { connection: { path: ${JSON.stringify(server.socket)}, maxRetriesPerRequest: null } }); console.log('working');`], { stdio: ['ignore', 'pipe', 'inherit'], cwd: import.meta.dirname });
await once(nodeIdle.stdout, 'data');
await delay(3000);
const [ourMemory, theirMemory] = [idle.pid, nodeIdle.pid].map(residentMegabytes);
nodeIdle.kill('SIGKILL');
await queue.close();
await latencyQueue.close();
await server.stop();

console.log(`\n${count} jobs, median of ${values.rounds} rounds    BullMQ      Busflow    ratio`);
const middle = {};
for (const [step, [theirs, ours]] of Object.entries(rates)) {
  const [a, b] = [median(theirs), median(ours)];
  middle[step] = b;
  console.log(`${step.padEnd(28)} ${a.toFixed(0).padStart(11)}/s ${b.toFixed(0).padStart(10)}/s ${(b / a).toFixed(2).padStart(7)}`);
}
console.log(`\nof what Redis allows              limit      Busflow    ratio`);
const share = (name, most, ours) => console.log(`${name.padEnd(28)} ${most.toFixed(0).padStart(11)}/s ${ours.toFixed(0).padStart(10)}/s ${(ours / most).toFixed(2).padStart(7)}`);
share(`redis-benchmark, ${FEW} callers`, adding[0], middle['add-each']);
share(`redis-benchmark, ${MANY} callers`, adding[1], middle['add-each-many']);
share('process: time in scripts', limit, processing);
console.log('\nadd to start of handler         BullMQ      Busflow');
for (const [number, name] of ['p50', 'p99'].entries()) {
  console.log(`${name.padEnd(28)} ${theirLatency[number].toFixed(0).padStart(8)} us ${ourLatency[number].toFixed(0).padStart(9)} us`);
}
console.log(`${'idle worker, resident'.padEnd(28)} ${theirMemory.toFixed(1).padStart(8)} MB ${ourMemory.toFixed(1).padStart(9)} MB`);
