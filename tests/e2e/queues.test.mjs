// Bull Board at /admin/queues: staff sees and mends the queues, nobody else gets in.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { consequences, graphqlAs, makeDeparture, publish } from './support/api.mjs'
import { launch, openWindow, submitSignIn } from './support/browser.mjs'
import { address, busflow, dispatcher, password, staff, until } from './support/product.mjs'

const board = `${address}/admin/queues`
let browser
before(async () => (browser = await launch()))
after(() => browser.close())

async function signInAt(page, email) {
  await page.goto('/admin/queues')
  await submitSignIn(page, email)
}

const signInByForm = (fields, headers = {}) =>
  fetch(`${board}/sign-in`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual', headers: { origin: address, ...headers } })

async function staffCookie() {
  const response = await signInByForm({ email: staff, password })
  assert.equal(response.status, 303)
  return response.headers.get('set-cookie')
}

test('staff sees the jobs that publishing a departure made', async () => {
  const client = await graphqlAs(dispatcher)
  const id = await makeDeparture(client)
  await publish(client, id)
  await until('the offer is there', async () => (await consequences(client, id)).offers > 0)

  const page = await openWindow(browser)
  await signInAt(page, staff)
  await page.getByRole('link', { name: 'commerce.create_offering' }).first().click()
  await page.goto('/admin/queues/queue/commerce.create_offering?status=completed')
  await page.getByText(id).first().waitFor()
  assert.deepEqual(page.faults, [])
  await page.context().close()
})

test('a dispatcher, a wrong password and nobody stay outside', async () => {
  const page = await openWindow(browser)
  await signInAt(page, dispatcher)
  await page.getByRole('alert').getByText('for the staff').waitFor()
  await page.context().close()

  assert.equal((await signInByForm({ email: staff, password: 'wrong' })).status, 401)
  assert.equal((await fetch(`${board}/api/queues`)).status, 401)
  assert.equal((await fetch(`${board}/api/queues`, { headers: { cookie: 'busflow_staff=0000' } })).status, 401)
})

test('the cookie is out of reach for scripts and other sites, and dies with the sign-out', async () => {
  const cookie = await staffCookie()
  assert.match(cookie, /HttpOnly/)
  assert.match(cookie, /SameSite=Strict/)
  const headers = { cookie: cookie.split(';')[0] }
  assert.equal((await fetch(`${board}/api/queues`, { headers })).status, 200)

  const pause = (origin) => fetch(`${board}/api/queues/commerce.create_offering/pause`, { method: 'PUT', headers: { ...headers, ...origin } })
  assert.equal((await pause({ origin: 'https://elsewhere.example' })).status, 403)
  assert.equal((await pause({ 'sec-fetch-site': 'cross-site' })).status, 403)

  await fetch(`${board}/sign-out`, { method: 'POST', redirect: 'manual', headers: { ...headers, origin: address } })
  assert.equal((await fetch(`${board}/api/queues`, { headers })).status, 401)
})

test('what staff pauses and resumes there, busflow jobs shows', async () => {
  const headers = { cookie: (await staffCookie()).split(';')[0], origin: address }
  const isPaused = async () => JSON.parse(await busflow('jobs', '--json', 'list')).find(({ queue }) => queue === 'commerce.create_offering').paused
  for (const [verb, expected] of [['pause', true], ['resume', false]]) {
    const response = await fetch(`${board}/api/queues/commerce.create_offering/${verb}`, { method: 'PUT', headers })
    assert.equal(response.status, 200)
    assert.equal(await isPaused(), expected)
  }
})
