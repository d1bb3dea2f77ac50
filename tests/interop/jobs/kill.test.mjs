// Workers that are killed at random moments: no job is lost, and none ends twice.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Server, until } from './server.mjs';

const JOBS = 20_000;
const KILLS = 200;
const WORKERS = 3;

let server;
let queue;

before(async () => {
  server = await Server.open();
  queue = new Queue('precious', { connection: server.connection, streams: { events: { maxLen: 20 * JOBS } } });
  await queue.waitUntilReady();
});
after(async () => {
  await queue.close();
  await server.stop();
});

/** Keeps workers running and kills one after the other, at moments that nothing foresees. */
async function killWorkers() {
  const workers = await Promise.all(Array.from({ length: WORKERS }, () => server.driver('work', 'precious')));
  for (let kill = 0; kill < KILLS; kill++) {
    await delay(Math.random() * 20);
    const victim = kill % WORKERS;
    workers[victim].child.kill('SIGKILL');
    await once(workers[victim].child, 'close');
    workers[victim] = await server.driver('work', 'precious');
  }
}

test(`${KILLS} kills during ${JOBS} jobs: each ends once, and those that ran twice say so`, { timeout: 240_000 }, async () => {
  const jobs = Array.from({ length: 500 }, () => ({ name: 'job', data: {}, opts: { attempts: 3 } }));
  // Added while workers die, so that the last kill still meets work.
  const adding = (async () => {
    for (let added = 0; added < JOBS; added += jobs.length) {
      await queue.addBulk(jobs);
      await delay(100);
    }
  })();
  await Promise.all([adding, killWorkers()]);
  await until(async () => (await queue.getCompletedCount()) === JOBS, 120_000);

  const counts = await queue.getJobCounts();
  assert.deepEqual({ ...counts, completed: 0 }, Object.fromEntries(Object.keys(counts).map((state) => [state, 0])));
  const completions = new Map();
  const client = server.client();
  for (const [, fields] of await client.xrange('bull:precious:events', '-', '+')) {
    const event = Object.fromEntries(fields.flatMap((name, i) => (i % 2 ? [] : [[name, fields[i + 1]]])));
    if (event.event === 'completed') completions.set(event.jobId, (completions.get(event.jobId) ?? 0) + 1);
  }
  assert.equal(completions.size, JOBS);
  assert.deepEqual([...completions].filter(([, times]) => times !== 1), []);
  const repeated = (await queue.getCompleted(0, JOBS)).filter((job) => job.returnvalue.starts > 1);
  assert.ok(repeated.length > 0, 'no kill ever met a job: the test shows nothing');
  assert.deepEqual(repeated.filter((job) => job.stalledCounter !== job.returnvalue.starts - 1), []);
});
