// BullMQ's Python client and ours, on the same queues.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Queue } from 'bullmq';
import { Server, until } from './server.mjs';

let server;
const queues = [];

before(async () => { server = await Server.open(); });
after(async () => {
  for (const queue of queues) await queue.close();
  await server.stop();
});

/** What stands in Redis, seen by a third party. */
function queueOf(name) {
  queues.push(new Queue(name, { connection: server.connection }));
  return queues.at(-1);
}

test('our worker runs the jobs of a Python producer', async () => {
  await server.runPython('add', 'py-to-cpp');
  await server.driver('work', 'py-to-cpp');
  const queue = queueOf('py-to-cpp');
  await until(async () => (await queue.getCompletedCount()) === 2);
  const { returnvalue, attemptsMade } = await queue.getJob('py-standard');
  assert.deepEqual(returnvalue, { by: 'cpp', data: { tour: 'Alpine', seats: 49, notes: null }, starts: 1, children: 0 });
  assert.equal(attemptsMade, 1);
  assert.equal((await queue.getJob('py-prioritized')).returnvalue.by, 'cpp');
  assert.equal(await queue.getJobState('py-delayed'), 'delayed');
});

test('a Python worker runs the jobs of our producer', async () => {
  await server.run('add', 'cpp-to-py');
  await server.python('work', 'cpp-to-py');
  const queue = queueOf('cpp-to-py');
  await until(async () => (await queue.getCompletedCount()) === 4);
  const { returnvalue } = await queue.getJob('job-standard');
  assert.deepEqual(returnvalue, { by: 'python', data: { tour: 'Alpine', seats: 49, price: 0.5, notes: null } });
});

test('we take over the job of a Python worker that was killed', async () => {
  const queue = queueOf('py-dies');
  const { id } = await queue.add('precious', {});
  const { child, line } = await server.python('hang', 'py-dies');
  assert.equal(line, id);
  child.kill('SIGKILL');
  await once(child, 'close');
  await server.driver('work', 'py-dies');
  await until(async () => (await queue.getJobState(id)) === 'completed');
  assert.equal((await queue.getJob(id)).returnvalue.starts, 2);
});

test('a Python worker takes over the job of ours that was killed', async () => {
  const queue = queueOf('cpp-dies-py');
  const { id } = await queue.add('precious', {});
  const { child, line } = await server.driver('hang', 'cpp-dies-py');
  assert.equal(line, id);
  child.kill('SIGKILL');
  await once(child, 'close');
  await server.python('work', 'cpp-dies-py');
  await until(async () => (await queue.getJobState(id)) === 'completed');
  const job = await queue.getJob(id);
  assert.equal(job.returnvalue.by, 'python');
  assert.equal(job.stalledCounter, 1);
});
