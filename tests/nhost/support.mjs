// What the tests share: clients with a store of their own, the mailbox, and an authenticator.
import { createHmac } from 'node:crypto'
import { createClient } from '@nhost/nhost-js'
import { MemoryStorage } from '@nhost/nhost-js/session'

export const url = process.env.BUSFLOW_URL
export const password = 'correct horse battery'
let people = 0
export const newAddress = () => `person-${++people}-${process.pid}@example.com`

/** As an application makes it; `storage` is shared by the tabs of one browser. */
export function client(storage = new MemoryStorage()) {
  return createClient({ authUrl: `${url}/v1/auth`, storageUrl: `${url}/v1/storage`, graphqlUrl: `${url}/v1/graphql`,
    functionsUrl: `${url}/v1/functions`, storage })
}

/** The newest message to somebody, once it has come through the job queue. */
export async function message(recipient, template) {
  const end = Date.now() + 20_000
  while (Date.now() < end) {
    const answer = await fetch(`${url}/v1/mailbox/messages?recipient=${encodeURIComponent(recipient)}`)
    const found = (await answer.json()).find((one) => one.template === template)
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no ${template} for ${recipient}`)
}

export const linkIn = (mail) => mail.body.match(/https?:\S+/)[0]
export const codeIn = (mail) => mail.body.match(/\b\d{6}\b/)[0]

/** Follows a mailed link as a browser does; gives the parameters it lands with. */
export async function follow(link) {
  const answer = await fetch(link, { redirect: 'manual' })
  if (answer.status !== 302) throw new Error(`${answer.status}: ${await answer.text()}`)
  return new URL(answer.headers.get('location')).searchParams
}

/** RFC 6238, as an authenticator app. */
export function totp(secret, time = Date.now()) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(time / 30_000)))
  const digest = createHmac('sha1', key).update(counter).digest()
  const offset = digest.at(-1) & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** The error's name in the answer of a call that must fail. */
export async function refusal(promise) {
  try {
    await promise
  } catch (error) {
    return error.body?.error ?? error
  }
  throw new Error('it was not refused')
}

/** Somebody who has signed up and proven the address. */
export async function person() {
  const email = newAddress()
  const nhost = client()
  await nhost.auth.signUpEmailPassword({ email, password })
  const landed = await follow(linkIn(await message(email, 'verify-email')))
  await nhost.auth.refreshToken({ refreshToken: landed.get('refreshToken') })
  return { email, nhost }
}
