// BullMQ's own producers and workers, and ours, on the same queues.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq';
import { Server, dump, until } from './server.mjs';

let server;
let client;
const open = [];
const keep = (closable) => { open.push(closable); return closable; };

before(async () => {
  server = await Server.open();
  client = server.client();
});
after(async () => {
  for (const closable of open) await closable.close();
  await server.stop();
});

const queueOf = (name) => keep(new Queue(name, { connection: server.connection }));
const workerOf = (name, handle, options = {}) =>
  keep(new Worker(name, handle, { connection: server.connection, lockDuration: 1000, stalledInterval: 300, ...options }));

/** What differs between two runs for no reason of the protocol. */
function withoutTimes(value) {
  const text = JSON.stringify(value, (key, part) => (['timestamp', 'prevMillis'].includes(key) ? 0 : part));
  return JSON.parse(text.replaceAll(/\b1[0-9]{12}\b/g, '0'));
}

test('the same operations leave the same keys with the same fields', async () => {
  const queue = queueOf('node-side');
  await queue.waitUntilReady();
  const data = { tour: 'Alpine', seats: 49, price: 0.5, notes: null };
  const jobs = [
    ['book', { jobId: 'job-standard', backoff: { type: 'exponential', delay: 500, jitter: 0.5 }, removeOnComplete: 100, removeOnFail: { count: 10, age: 3600 } }],
    ['remind', { jobId: 'job-delayed', delay: 3600000 }],
    ['rescue', { jobId: 'job-prioritized', priority: 7 }],
    ['first', { jobId: 'job-lifo', lifo: true }],
    ['once', { jobId: 'job-single', deduplication: { id: 'only', ttl: 600000 }, keepLogs: 5 }],
    ['once', { jobId: 'job-single', deduplication: { id: 'only', ttl: 600000 }, keepLogs: 5 }],
  ];
  await queue.addBulk(jobs.map(([name, opts]) => ({ name, data, opts: { attempts: 3, ...opts } })));
  await server.run('add', 'cpp-side');
  const node = withoutTimes(await dump(client, 'node-side'));
  const cpp = withoutTimes(await dump(client, 'cpp-side'));
  delete node.meta.version; // BullMQ's Queue signs with its own version
  assert.deepEqual(cpp, node);
});

test('jobs that ended leave the same keys and events, whoever ran them', async () => {
  const result = ({ data, attemptsStarted }, children) => ({ by: 'cpp', data, starts: attemptsStarted, children });
  const handle = async (job) => {
    const children = Object.keys(await job.getChildrenValues()).length;
    if (job.name === 'broken') throw new Error('cannot be done');
    return result(job, children);
  };
  const sides = { 'ended-by-node': () => workerOf('ended-by-node', handle), 'ended-by-cpp': () => server.driver('work', 'ended-by-cpp') };
  const dumps = [];
  for (const [name, start] of Object.entries(sides)) {
    const queue = queueOf(name);
    await queue.waitUntilReady();
    const add = (jobName, opts) => queue.add(jobName, { tour: jobName }, opts);
    for (let number = 0; number < 12; number++) await add('usual', { removeOnComplete: true });
    for (let number = 0; number < 5; number++) await add('kept', {});
    for (const opts of [{ removeOnComplete: { age: 3600, count: 100 } }, { removeOnComplete: { age: 3600 } }, { removeOnComplete: 50 }]) await add('kept for a while', opts);
    await add('urgent', { priority: 3 });
    await add('later', { delay: 50 });
    await add('last first', { lifo: true });
    await add('single', { deduplication: { id: 'one' } });
    await add('broken', { attempts: 2 });
    const flow = keep(new FlowProducer({ connection: server.connection }));
    await flow.add({ queueName: name, name: 'whole', data: {}, opts: { jobId: 'whole' }, children: [1, 2].map((number) => ({ queueName: name, name: 'part', data: { number }, opts: { jobId: `part-${number}`, removeOnComplete: number === 1 } })) });
    const running = await start();
    await until(async () => {
      const counts = await queue.getJobCounts();
      return counts.completed + counts.failed === 15 && counts.waiting + counts.active + counts.delayed + counts.prioritized + counts['waiting-children'] === 0;
    });
    await (running.close?.() ?? once(running.child.kill('SIGTERM') && running.child, 'close'));
    dumps.push(await comparable(name));
  }
  assert.deepEqual(dumps[1], dumps[0]);
});

/** What the queue holds, without what depends on who ran its jobs, and in which order jobs that run at the same time end. */
async function comparable(name) {
  const text = JSON.stringify(withoutTimes(await dump(client, name))).replaceAll(name, 'queue');
  const { events, marker, meta, 'stalled-check': check, ...keys } = JSON.parse(text);
  for (const job of Object.values(keys)) {
    delete job.pb; // the worker's name
    if (job.stacktrace) job.stacktrace = job.stacktrace.length; // of another language
  }
  return { ...keys, completed: keys.completed.sort(), events: events.filter(([, event]) => event !== 'drained').map(String).sort() };
}

test('our worker runs the jobs of a BullMQ producer', async () => {
  const queue = queueOf('to-cpp');
  const events = keep(new QueueEvents('to-cpp', { connection: server.connection }));
  await events.waitUntilReady();
  await server.driver('work', 'to-cpp');
  const job = await queue.add('greet', { name: 'Ünïcode 🚌', list: [1, 2.5, null] }, { attempts: 2 });
  assert.deepEqual(await job.waitUntilFinished(events, 20_000), {
    by: 'cpp', data: { name: 'Ünïcode 🚌', list: [1, 2.5, null] }, starts: 1, children: 0 });
  const broken = await queue.add('broken', {}, { attempts: 2, backoff: 5 });
  await assert.rejects(broken.waitUntilFinished(events, 20_000), /cannot be done/);
  assert.equal((await queue.getJob(broken.id)).attemptsMade, 2);
});

test('a BullMQ worker runs the jobs of our producer', async () => {
  const seen = [];
  await server.run('add', 'to-node');
  workerOf('to-node', async (job) => { seen.push(job.id); return 'done by node'; });
  const queue = queueOf('to-node');
  await until(async () => (await queue.getCompletedCount()) === 4);
  assert.deepEqual(seen.sort(), ['job-lifo', 'job-prioritized', 'job-single', 'job-standard']);
  assert.equal((await queue.getJob('job-standard')).returnvalue, 'done by node');
  assert.equal(await queue.getDelayedCount(), 1);
});

test('a flow of ours with children run by BullMQ', async () => {
  await server.driver('work', 'cpp-whole');
  const id = await server.run('flow', 'cpp-whole', 'node-parts');
  workerOf('node-parts', async (job) => job.data.number * 10);
  const queue = queueOf('cpp-whole');
  await until(async () => (await queue.getJobState(id)) === 'completed');
  assert.equal((await queue.getJob(id)).returnvalue.children, 2);
});

test('a flow of BullMQ with children run by us', async () => {
  await server.driver('work', 'cpp-parts');
  const flows = keep(new FlowProducer({ connection: server.connection }));
  const tree = await flows.add({ name: 'whole', queueName: 'node-whole', children: [
    { name: 'part', queueName: 'cpp-parts', data: { number: 1 } }, { name: 'part', queueName: 'cpp-parts', data: { number: 2 } }] });
  let values;
  workerOf('node-whole', async (job) => { values = Object.values(await job.getChildrenValues()); });
  await until(async () => (await tree.job.getState()) === 'completed');
  assert.deepEqual(values.map((value) => value.by), ['cpp', 'cpp']);
});

test('BullMQ takes over the job of our worker that was killed', async () => {
  const queue = queueOf('cpp-dies');
  const { id } = await queue.add('precious', {});
  const { child, line } = await server.driver('hang', 'cpp-dies');
  assert.equal(line, id);
  child.kill('SIGKILL');
  await once(child, 'close');
  workerOf('cpp-dies', async (job) => job.attemptsStarted);
  await until(async () => (await queue.getJobState(id)) === 'completed');
  const job = await queue.getJob(id);
  assert.equal(job.returnvalue, 2);
  assert.equal(job.stalledCounter, 1);
});

test('we take over the job of a BullMQ worker that disappears', async () => {
  const queue = queueOf('node-dies');
  const { id } = await queue.add('precious', {});
  // A worker that took the job and is never heard of again: no renewal, no stalled check.
  const lost = new Worker('node-dies', null, { connection: server.connection, lockDuration: 300, skipStalledCheck: true, skipLockRenewal: true });
  assert.equal((await lost.getNextJob('lost-token')).id, id);
  await lost.close(true);
  await server.driver('work', 'node-dies');
  await until(async () => (await queue.getJobState(id)) === 'completed');
  assert.equal((await queue.getJob(id)).returnvalue.starts, 2);
});

test('schedulers upserted by both sides are the same, with one pending job each', async () => {
  const queue = queueOf('schedules');
  const template = { name: 'tick', data: { x: 1 }, opts: { attempts: 2 } };
  const upsert = async () => {
    await queue.upsertJobScheduler('hourly', { every: 3600000 }, template);
    await queue.upsertJobScheduler('nightly', { pattern: '30 3 * * *', tz: 'Europe/Berlin' }, template);
  };
  await upsert();
  const ours = await queue.getJobSchedulers();
  await server.run('schedule', 'schedules');
  const theirs = await queue.getJobSchedulers();
  await upsert();
  assert.deepEqual(theirs, ours);
  assert.deepEqual(await queue.getJobSchedulers(), ours);
  const counts = await queue.getJobCounts('waiting', 'delayed', 'prioritized');
  assert.equal(counts.waiting + counts.delayed + counts.prioritized, 2);
});

test('our worker adds the next job of a BullMQ scheduler', async () => {
  const queue = queueOf('repeats');
  await server.driver('work', 'repeats');
  await queue.upsertJobScheduler('fast', { every: 200, limit: 3 }, { name: 'tick' });
  await until(async () => (await queue.getCompletedCount()) === 3);
  assert.equal((await queue.getDelayedCount()) + (await queue.getWaitingCount()), 0);
});

test('each side reads the events of the other', async () => {
  const queue = queueOf('events');
  const events = keep(new QueueEvents('events', { connection: server.connection }));
  await events.waitUntilReady();
  const completed = once(events, 'completed');
  await server.driver('work', 'events');
  const { id } = await queue.add('tell', {});
  const [event] = await completed;
  assert.equal(event.jobId, id);
  assert.equal(JSON.parse(JSON.stringify(event.returnvalue)).by, 'cpp');
  const lines = (await server.run('events', 'events', '4')).split('\n');
  assert.deepEqual(lines, [`added ${id}`, `waiting ${id}`, `active ${id}`, `completed ${id}`]);
});
