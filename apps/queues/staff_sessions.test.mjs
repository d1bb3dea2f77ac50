// How long a staff session lives, against a server that answers as `busflow serve` does; the clock is the test's.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { after, before, beforeEach, test } from 'node:test'
import { Refusal, StaffSessions } from './staff_sessions.mjs'

let server, address, now, answers, asked

before(async () => {
  server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString())
    asked.push({ path: request.url, body })
    const { status, body: answer } = answers[request.url]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  address = `http://127.0.0.1:${server.address().port}`
})
after(() => server.close())
beforeEach(() => {
  now = 1_000_000
  asked = []
  answers = {
    '/v1/auth/signin/email-password': { status: 200, body: { session: session('first'), mfa: null } },
    '/v1/auth/token': { status: 200, body: session('second') },
    '/v1/auth/signout': { status: 200, body: 'OK' },
  }
})

const session = (refreshToken, roles = ['busflow_staff']) => ({
  accessToken: 'a', accessTokenExpiresIn: 900, refreshToken, user: { email: 'staff@busflow.example', roles },
})
const minutes = (count) => count * 60_000
const renewals = () => asked.filter(({ path }) => path === '/v1/auth/token')
const sessions = (serve = address) => new StaffSessions(serve, () => now)

test('a session is asked for again before its token ends, once for all requests of a page', async () => {
  const all = sessions()
  const cookie = await all.signIn('staff@busflow.example', 'p')
  assert.ok(await all.find(cookie))
  assert.equal(renewals().length, 0)
  now += minutes(15)
  assert.deepEqual((await Promise.all([all.find(cookie), all.find(cookie), all.find(cookie)])).map(Boolean), [true, true, true])
  assert.deepEqual(renewals().map(({ body }) => body), [{ refreshToken: 'first' }])
  now += minutes(15)
  assert.ok(await all.find(cookie))
  assert.equal(renewals()[1].body.refreshToken, 'second')
})

test('who is staff no longer, or is refused, is out with the next renewal', async () => {
  for (const answer of [{ status: 401, body: {} }, { status: 200, body: session('x', ['manager']) }]) {
    const all = sessions()
    const cookie = await all.signIn('staff@busflow.example', 'p')
    answers['/v1/auth/token'] = answer
    now += minutes(15)
    assert.equal(await all.find(cookie), undefined)
    assert.equal(await all.find(cookie), undefined)
  }
})

test('a server that is away ends no session', async () => {
  const all = sessions()
  const cookie = await all.signIn('staff@busflow.example', 'p')
  answers['/v1/auth/token'] = { status: 503, body: {} }
  now += minutes(15)
  await assert.rejects(all.find(cookie), (problem) => problem instanceof Refusal && problem.status === 503)
  answers['/v1/auth/token'] = { status: 200, body: session('second') }
  assert.ok(await all.find(cookie))
})

test('eight idle hours end a session; a sign-out ends it at once, and on the server', async () => {
  const all = sessions()
  const idle = await all.signIn('staff@busflow.example', 'p')
  now += minutes(8 * 60 + 1)
  assert.equal(await all.find(idle), undefined)
  const left = await all.signIn('staff@busflow.example', 'p')
  await all.signOut(left)
  assert.equal(await all.find(left), undefined)
  assert.deepEqual(asked.at(-1), { path: '/v1/auth/signout', body: { refreshToken: 'first' } })
})

test('who is not staff gets no session, and leaves none behind', async () => {
  answers['/v1/auth/signin/email-password'].body.session = session('theirs', ['dispatcher'])
  await assert.rejects(sessions().signIn('d', 'p'), (problem) => problem.status === 403)
  assert.deepEqual(asked.at(-1), { path: '/v1/auth/signout', body: { refreshToken: 'theirs' } })
})

test('a wrong password, too many of them and no server are told apart', async () => {
  answers['/v1/auth/signin/email-password'] = { status: 401, body: { message: 'no' } }
  await assert.rejects(sessions().signIn('s', 'p'), (problem) => problem.status === 401)
  answers['/v1/auth/signin/email-password'] = { status: 429, body: { message: 'Try again in 60 seconds.' } }
  await assert.rejects(sessions().signIn('s', 'p'), (problem) => problem.status === 429 && /60/.test(problem.message))
  await assert.rejects(sessions('http://127.0.0.1:1').signIn('s', 'p'), (problem) => problem.status === 503)
})
