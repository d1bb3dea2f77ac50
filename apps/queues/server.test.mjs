// The gate before all pages for staff, asked as Traefik asks it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createServer } from './server.mjs'
import { Refusal } from './staff_sessions.mjs'

const sessions = {
  find: async (cookie) => (cookie === 'good' ? { email: 'staff@busflow.example' } : undefined),
  signIn: async (email, password) => {
    if (password !== 'right') throw new Refusal(401, 'Incorrect email or password.')
    return 'good'
  },
  signOut: async () => {},
}
let server
let url

before(async () => {
  server = createServer({ board: { look: async () => {}, router: (request, response) => response.send('board') }, sessions }).listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  url = `http://127.0.0.1:${server.address().port}`
})
after(() => server.close())

const ask = (headers) => fetch(`${url}/admin/check`, { headers: { accept: 'text/html', ...headers } })
const signIn = (fields) =>
  fetch(`${url}/admin/queues/sign-in`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ email: 'staff@busflow.example', password: 'right', ...fields }) })

test('staff passes', async () => {
  assert.equal((await ask({ cookie: 'busflow_staff=good' })).status, 204)
})

test('others get the page to sign in, which leads to where they wanted', async () => {
  const answer = await ask({ cookie: 'busflow_staff=bad', 'x-forwarded-uri': '/admin/automation/workflows?page=2' })
  assert.equal(answer.status, 401)
  assert.match(await answer.text(), /name="next" type="hidden" value="\/admin\/automation\/workflows\?page=2"/)
})

test('a program is told without a page', async () => {
  for (const headers of [{ accept: 'application/json' }, { 'x-forwarded-method': 'POST' }]) {
    const answer = await ask(headers)
    assert.equal(answer.status, 401)
    assert.match(answer.headers.get('content-type'), /json/)
  }
})

test('after signing in, one is where one wanted, and the cookie is for all pages for staff', async () => {
  const answer = await signIn({ next: '/admin/automation/' })
  assert.equal(answer.status, 303)
  assert.equal(answer.headers.get('location'), '/admin/automation/')
  assert.match(answer.headers.get('set-cookie'), /^busflow_staff=good; .*Path=\/admin\/; .*HttpOnly/)
})

test('no address leads elsewhere', async () => {
  for (const next of ['https://evil.example/', '//evil.example', '/admin//evil.example', '/admin/\\evil.example', '/admin/"><script>', '/v1/auth', '']) {
    assert.equal((await signIn({ next })).headers.get('location'), '/admin/queues', next)
  }
})

test('who fails to sign in still gets there afterwards', async () => {
  const answer = await signIn({ password: 'wrong', next: '/admin/automation/' })
  assert.equal(answer.status, 401)
  assert.match(await answer.text(), /value="\/admin\/automation\/"/)
})
