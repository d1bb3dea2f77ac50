// What follows from a row that a GraphQL mutation has changed: an event trigger tells the package, which sees to it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { graphqlAs, makeDeparture } from './support/api.mjs'
import { launch, openWindow, row, signIn } from './support/browser.mjs'
import { dispatcher, lockTable, otherDispatcher, replaceByKill, sqlValue, until } from './support/product.mjs'

const change = (client, id, set) =>
  client.query(
    'mutation ($id: uuid!, $set: backoffice_vehicles_set_input!) { update_backoffice_vehicles_by_pk(pk_columns: {id: $id}, _set: $set) { id status seat_count } }',
    { id, set },
  )

const departure = async (client, id) => {
  const found = await client.query('query ($id: uuid!) { backoffice_tour_departures_by_pk(id: $id) { status vehicle { id name seat_count } } }', { id })
  return found.backoffice_tour_departures_by_pk
}

let browser
before(async () => (browser = await launch()))
after(() => browser.close())

test('a vehicle goes to the garage, and a colleague sees which departures have to be planned again', async () => {
  const client = await graphqlAs(dispatcher)
  const id = await makeDeparture(client, { days: 30 })
  const { vehicle } = await departure(client, id)
  const mine = await openWindow(browser)
  const colleagues = await openWindow(browser)
  await signIn(mine, dispatcher)
  await signIn(colleagues, dispatcher)
  await row(colleagues, id).getByText('Ready').waitFor()
  await mine.getByRole('link', { name: 'Vehicles' }).click()
  const state = mine.getByLabel(`State of ${vehicle.name}`)
  try {
    await state.selectOption('In the garage')
    await row(colleagues, id).getByText('Draft').waitFor()
  } finally {
    await state.selectOption('In service')
  }
  await until('it is in service again', async () => (await sqlValue(`select status from backoffice.vehicles where id = '${vehicle.id}'`)) === 'ACTIVE')
  await mine.getByLabel(`Seats of ${vehicle.name}`).fill('500')
  await mine.getByLabel(`Seats of ${vehicle.name}`).press('Enter')
  await mine.getByText('From 1 to 120').waitFor()
  assert.equal((await departure(client, id)).vehicle.seat_count, vehicle.seat_count)
  for (const page of [mine, colleagues]) {
    assert.deepEqual(page.faults, [])
    await page.context().close()
  }
})

test('what was changed while the worker dies is seen to by the next one', async () => {
  const client = await graphqlAs(dispatcher)
  const id = await makeDeparture(client)
  const { vehicle } = await departure(client, id)
  const lock = await lockTable('backoffice.tour_departures')
  try {
    await change(client, vehicle.id, { status: 'MAINTENANCE' })
    await until('the function is in the middle of its transaction', async () =>
      Number(await sqlValue("select count(*) from pg_locks where not granted and relation = 'backoffice.tour_departures'::regclass")),
    )
    await replaceByKill('work')
  } finally {
    await lock.release()
  }
  await until('the departure is a draft', async () => (await departure(client, id)).status === 'DRAFT')
  await change(client, vehicle.id, { status: 'ACTIVE' })
})

test("another operator's vehicle is nobody's to change", async () => {
  const mine = await graphqlAs(dispatcher)
  const theirs = await graphqlAs(otherDispatcher)
  const { backoffice_vehicles: vehicles } = await theirs.query('{ backoffice_vehicles(limit: 1) { id seat_count } }')
  const told = () => sqlValue("select count(*) from backoffice.outbox where event_name = 'vehicle_changed'")
  const before = await told()
  assert.equal((await change(mine, vehicles[0].id, { seat_count: 1 })).update_backoffice_vehicles_by_pk, null)
  assert.equal(await sqlValue(`select seat_count from backoffice.vehicles where id = '${vehicles[0].id}'`), String(vehicles[0].seat_count))
  assert.equal(await told(), before)
  const refused = await mine.ask('mutation ($id: uuid!) { update_backoffice_vehicles_by_pk(pk_columns: {id: $id}, _set: {tenant_id: $id}) { id } }', { id: vehicles[0].id })
  assert.match(refused.errors[0].message, /tenant_id/)
})
