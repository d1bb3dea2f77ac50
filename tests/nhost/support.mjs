// What the tests share: clients with a store of their own, and the mailbox.
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
