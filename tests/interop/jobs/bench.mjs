// Adding and processing small jobs: BullMQ and ours in turns on one Redis, on one machine. Only the ratio means anything.
// usage (by `make bench`): JOB_DRIVER=… node bench.mjs [--jobs 20000] [--rounds 3]
import { parseArgs } from 'node:util';
import { Queue, Worker } from 'bullmq';
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

const server = await Server.start();
const queue = new Queue('node', { connection: server.connection });
await queue.waitUntilReady();

const bullmq = {
  'add-each': () => seconds(async () => {
    const one = async () => { for (let i = 0; i < count / 8; i++) await queue.add('job', { n: 1 }, opts); };
    await Promise.all(Array.from({ length: 8 }, one));
  }),
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

const rates = { 'add-each': [[], []], 'add-bulk': [[], []], process: [[], []] };
for (let round = 0; round < Number(values.rounds); round++) {
  for (const fill of ['add-each', 'add-bulk']) {
    for (const step of [fill, 'process']) {
      rates[step][0].push(count / await bullmq[step]());
      rates[step][1].push(count / Number(await server.run(step, 'ours', String(count))));
    }
  }
}
await queue.close();
await server.stop();

console.log(`\n${count} jobs, median of ${values.rounds} rounds    BullMQ      Busflow    ratio`);
for (const [step, [theirs, ours]] of Object.entries(rates)) {
  const [a, b] = [median(theirs), median(ours)];
  console.log(`${step.padEnd(28)} ${a.toFixed(0).padStart(11)}/s ${b.toFixed(0).padStart(10)}/s ${(b / a).toFixed(2).padStart(7)}`);
}
