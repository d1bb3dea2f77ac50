// kill -9 in the worst moments: nothing committed is lost, nothing happens twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consequences, graphqlAs, makeDeparture, publish } from './support/api.mjs'
import { dispatcher, isReady, kill, lockTable, processId, replaceByKill, sqlValue, until } from './support/product.mjs'

const waiters = (table) =>
  sqlValue(`select count(*) from pg_locks where not granted and relation = '${table}'::regclass`).then(Number)

const settled = (client, id) =>
  until('offer and legs are there', async () => {
    const found = await consequences(client, id)
    return found.offers === 1 && found.legs === 3 && found
  })

test('work is killed between taking the event and finishing it', async () => {
  const client = await graphqlAs(dispatcher)
  for (const table of ['commerce.tour_offerings', 'operations.service_legs']) {
    const id = await makeDeparture(client)
    const lock = await lockTable(table)
    try {
      await publish(client, id)
      await until('the handler is in the middle of its transaction', () => waiters(table))
      await replaceByKill('work')
    } finally {
      await lock.release()
    }
    assert.deepEqual(await settled(client, id), { offers: 1, legs: 3 })
    assert.equal(await sqlValue(`select count(*) from ${table} where tour_departure_id = '${id}'`), table.startsWith('c') ? '1' : '3')
  }
})

test('work is killed again and again while events come', async () => {
  const client = await graphqlAs(dispatcher)
  const ids = []
  for (let i = 0; i < 6; ++i) {
    const id = await makeDeparture(client)
    ids.push(id)
    await publish(client, id)
    await replaceByKill('work')
  }
  for (const id of ids) assert.deepEqual(await settled(client, id), { offers: 1, legs: 3 })
  assert.equal(await sqlValue('select count(*) from (select event_id from commerce.inbox group by event_id, handler having count(*) > 1) twice'), '0')
})

test('serve is killed in the middle of a command', async () => {
  const client = await graphqlAs(dispatcher)
  const id = await makeDeparture(client)
  const lock = await lockTable('backoffice.outbox')
  const before = await processId('serve')
  let answer
  try {
    answer = publish(client, id).then(
      () => 'answered',
      () => 'failed',
    )
    // The departure is updated already, the event is not written yet.
    await until('the command is in the middle of its transaction', () => waiters('backoffice.outbox'))
    await kill('serve')
    assert.equal(await answer, 'failed')
    await until('another server runs', async () => (await processId('serve')) !== before && (await isReady()))
  } finally {
    await lock.release()
  }
  const again = await graphqlAs(dispatcher)
  const read = () => again.query('query ($id: uuid!) { backoffice_tour_departures_by_pk(id: $id) { status } }', { id })
  assert.equal((await read()).backoffice_tour_departures_by_pk.status, 'READY', 'all or nothing')
  assert.deepEqual(await consequences(again, id), { offers: 0, legs: 0 })
  await publish(again, id)
  assert.deepEqual(await settled(again, id), { offers: 1, legs: 3 })
  assert.equal(await sqlValue(`select count(*) from backoffice.outbox where payload->>'tour_departure_id' = '${id}'`), '1')
})
