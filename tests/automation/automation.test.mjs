// An event goes out to the real n8n, its workflow asks back, and what it may do with what it was given is little. Started by run.py.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createProbe } from 'node:net'
import { after, before, test } from 'node:test'
import { graphqlAs, makeDeparture, post, publish } from '../e2e/support/api.mjs'
import { address, dispatcher, until } from '../e2e/support/product.mjs'
import { N8n } from './n8n.mjs'

const [folder, database, home, port] = process.env.N8N_TEST.split('|')
const workflow = new URL('../../docker/n8n/announce_departure.json', import.meta.url)
const secret = await readFile(`${home}/signing_secret`, 'utf8')
const webhooks = [] // what busflow sent, before it is passed on to n8n
const announcements = [] // what the workflow posted
let n8n
let receiver
let isAway = false

const freePort = () =>
  new Promise((resolve) => {
    const probe = createProbe().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address()
      probe.close(() => resolve(free))
    })
  })

/** In the place of n8n's address, so that the tests see what arrives there. */
async function receive(request, response) {
  const body = Buffer.concat(await request.toArray())
  if (request.url === '/announcements') {
    announcements.push(JSON.parse(body))
    return response.end('{}')
  }
  webhooks.push({ headers: request.headers, body: body.toString() })
  if (isAway) return response.writeHead(503).end()
  const answer = await tellN8n(body, request.headers).catch((problem) => new Response(problem.message, { status: 502 }))
  response.writeHead(answer.status).end(await answer.text())
}

const tellN8n = (body, { 'x-busflow-signature': signature = '', 'x-busflow-token': token = '' }) =>
  fetch(`${n8n.url}/webhook/busflow`, {
    method: 'POST', body, headers: { 'content-type': 'application/json', 'x-busflow-signature': signature, 'x-busflow-token': token },
  })

const sign = (body, time = Math.floor(Date.now() / 1000), key = secret) =>
  `t=${time},v1=${createHmac('sha256', key).update(`${time}.${body}`).digest('hex')}`

before(async () => {
  n8n = new N8n({
    folder, database, home, port: await freePort(),
    environment: { BUSFLOW_URL: address, BUSFLOW_SIGNING_SECRET: secret, ANNOUNCEMENTS_URL: `http://127.0.0.1:${port}/announcements` },
  })
  receiver = createServer(receive).listen(Number(port), '127.0.0.1')
  await n8n.ready()
  await n8n.activate(workflow)
})
after(async () => {
  if (process.env.N8N_LOG) console.log(n8n.log)
  receiver.close()
  await n8n.stop()
})

let days = 200
/** Each on a day of its own, by which its announcement is known. */
async function published() {
  const client = await graphqlAs(dispatcher)
  const id = await makeDeparture(client, { days: ++days })
  await publish(client, id)
  return { id, date: new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10) }
}
const announcementsOf = (date) => announcements.filter(({ text }) => text.includes(date))
const announced = (date) => until('the announcement came', async () => announcementsOf(date)[0], 60)
const webhookOf = (id) => until('the webhook came', async () => webhooks.find(({ body }) => body.includes(id)))
const queryAs = async (token, query) => (await post('/v1/graphql', { query }, { authorization: `Bearer ${token}` })).body

test('a departure that is published is announced, with what the workflow asked for', async () => {
  const { id, date } = await published()
  const { text } = await announced(date)
  const { headers, body } = await webhookOf(id)
  assert.equal(headers['x-busflow-event'], 'TourDeparturePublished')
  assert.equal(headers['x-busflow-delivery'], JSON.parse(body).id)
  const time = Number(/t=(\d+)/.exec(headers['x-busflow-signature'])[1])
  assert.equal(headers['x-busflow-signature'], sign(body, time))
  const { payload } = JSON.parse(body)
  const price = (payload.list_price_cents / 100).toFixed(2)
  assert.equal(text, `New on sale: ${payload.title} to ${payload.destination}, ${date}, ${price} ${payload.currency}`)
})

test('the workflow takes nothing that busflow did not sign', async () => {
  const { id, date } = await published()
  await announced(date)
  const { body } = await webhookOf(id)
  const refused = [
    {},
    { 'x-busflow-signature': sign(body, undefined, 'x'.repeat(64)) },
    { 'x-busflow-signature': sign(body, Math.floor(Date.now() / 1000) - 3600) },
    { 'x-busflow-signature': sign(`${body} `) },
  ]
  for (const headers of refused) assert.equal((await tellN8n(body, headers)).status, 500)
  await announced((await published()).date) // by then, what was refused would have been announced
  assert.equal(announcementsOf(date).length, 1)
})

test('the token reads offerings of its operator, and nothing else', async () => {
  const { id } = await published()
  const token = (await webhookOf(id)).headers['x-busflow-token']
  const { data } = await queryAs(token, '{ commerce_tour_offerings { title } }')
  assert.ok(data.commerce_tour_offerings.length > 0)
  for (const query of [
    '{ commerce_tour_offerings { tenant_id } }',
    '{ backoffice_vehicles { id } }',
    '{ backoffice_tour_departures { id } }',
    `mutation { publishDeparture(id: "${id}") { status } }`,
  ]) {
    const { errors } = await queryAs(token, query)
    assert.equal(errors?.[0].extensions.code, 'validation-failed', query)
  }
  const foreign = await graphqlAs('dispatcher@nordlicht.example')
  const theirs = await foreign.query('{ commerce_tour_offerings { id } }')
  const mine = await queryAs(token, '{ commerce_tour_offerings { id } }')
  for (const { id: other } of theirs.commerce_tour_offerings) assert.ok(!mine.data.commerce_tour_offerings.some((row) => row.id === other))
  // It opens no account.
  const headers = { authorization: `Bearer ${token}` }
  assert.equal((await fetch(`${address}/v1/auth/user`, { headers })).status, 401)
  const madeToken = await post('/v1/auth/pat', { expiresAt: '2099-01-01T00:00:00Z', metadata: {} }, headers)
  assert.ok(madeToken.status >= 400, JSON.stringify(madeToken.body))
})

test('what was not taken is told again, with the same id', async () => {
  isAway = true
  const { id } = await published()
  await webhookOf(id)
  isAway = false
  const told = () => webhooks.filter(({ body }) => body.includes(id))
  await until('it was told again', async () => told().length > 1, 60)
  assert.equal(new Set(told().map(({ headers }) => headers['x-busflow-delivery'])).size, 1)
})
