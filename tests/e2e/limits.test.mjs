// Bad input and too much of everything: a clear answer each time, and a server that goes on as before.
import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import { graphqlAs, post, signIn } from './support/api.mjs'
import { dispatcher, isReady, otherDispatcher, serveAddress } from './support/product.mjs'

const serve = new URL(serveAddress)
const QUERY = '{ backoffice_tour_departures(limit: 5) { id status tour_template { name } } }'

const codeOf = (body) => body.errors?.[0]?.extensions?.code

test('wrong requests are told what is wrong', async () => {
  const { accessToken } = await signIn(dispatcher)
  const headers = { authorization: `Bearer ${accessToken}` }
  const graphql = async (body) => (await post('/v1/graphql', body, headers)).body
  assert.equal(codeOf(await graphql('{"query":')), 'invalid-json')
  assert.equal(codeOf(await graphql({ query: '{ nonsense }' })), 'validation-failed')
  assert.equal(codeOf(await graphql({ query: '{ backoffice_tour_departures { price } }' })), 'validation-failed')
  const wrongType = await graphql({
    query: 'query ($id: uuid!) { backoffice_tour_departures_by_pk(id: $id) { id } }',
    variables: { id: 'not-a-uuid' },
  })
  assert.match(wrongType.errors[0].message, /uuid/)
  const wrongInput = await graphql({
    query: 'mutation { createDeparture(input: {tour_template_id: "x", start_date: "2031-01-01"}) { id } }',
  })
  assert.ok(wrongInput.errors, 'an action refuses wrong types as well')
  const unknown = await post('/v1/nowhere', {})
  assert.equal(unknown.status, 404)
  assert.equal(unknown.body.error.name, 'not-found')
  assert.ok(unknown.headers.get('x-request-id'))
})

test('expired and forged tokens open nothing', async () => {
  const { accessToken } = await signIn(dispatcher)
  const [head, payload, signature] = accessToken.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url'))
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const other = (await graphqlAs(otherDispatcher)).accessToken
  const otherTenant = JSON.parse(Buffer.from(other.split('.')[1], 'base64url'))
  const forged = [
    `${head}.${encode({ ...claims, exp: claims.exp + 3600 })}.${signature}`,
    `${head}.${encode(otherTenant)}.${signature}`,
    `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`,
    'x',
  ]
  for (const token of forged) {
    const { body } = await post('/v1/graphql', { query: QUERY }, { authorization: `Bearer ${token}` })
    assert.equal(codeOf(body), 'invalid-jwt', token)
    assert.equal(body.data, undefined)
  }
})

test('a body beyond the limit is refused', async () => {
  const { status, body } = await post('/v1/graphql', `{"query": "${'x'.repeat(2_000_000)}"}`)
  assert.equal(status, 413)
  assert.equal(body.error.name, 'payload-too-large')
})

test('a thousand connections at once are all answered, beside a hundred that never finish their request', async () => {
  const { accessToken } = await signIn(dispatcher)
  const connect = () =>
    new Promise((resolve, reject) => {
      const socket = net.connect({ host: serve.hostname, port: Number(serve.port) }, () => resolve(socket))
      socket.once('error', reject)
    })
  const slow = await Promise.all(Array.from({ length: 100 }, connect))
  for (const socket of slow) socket.write('POST /v1/graphql HTTP/1.1\r\nHost: x\r\n')
  const sockets = await Promise.all(Array.from({ length: 1000 }, connect))
  const body = JSON.stringify({ query: QUERY })
  const request = `POST /v1/graphql HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\nAuthorization: Bearer ${accessToken}\r\n\r\n${body}`
  const answers = await Promise.all(
    sockets.map(
      (socket) =>
        new Promise((resolve, reject) => {
          let text = ''
          socket.on('data', (data) => {
            text += data
            if (text.includes('}]}}')) resolve(text)
          })
          socket.on('close', () => reject(new Error(`closed after '${text}'`)))
          socket.write(request)
        }),
    ),
  )
  assert.equal(answers.filter((text) => text.startsWith('HTTP/1.1 200')).length, 1000)
  for (const socket of [...sockets, ...slow]) socket.destroy()
  assert.ok(await isReady())
})
