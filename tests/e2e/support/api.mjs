// The API as any client uses it.
import { address, password } from './product.mjs'

export async function post(path, body, headers = {}) {
  const response = await fetch(address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

export async function signIn(email) {
  const { status, body } = await post('/v1/auth/signin/email-password', { email, password })
  if (status !== 200) throw new Error(`cannot sign in as ${email}: ${body.message}`)
  return body.session
}

/** A GraphQL client of one account. `query` gives the data or throws the first error. */
export async function graphqlAs(email) {
  const { accessToken } = await signIn(email)
  const ask = async (query, variables = {}) => {
    const { body } = await post('/v1/graphql', { query, variables }, { authorization: `Bearer ${accessToken}` })
    return body
  }
  const query = async (text, variables) => {
    const { data, errors, error } = await ask(text, variables)
    if (!data) throw new Error(errors?.[0].message ?? error?.message)
    return data
  }
  return { ask, query, accessToken }
}

/** A departure in the given status, `days` from today. */
export async function makeDeparture(client, { days = 100, publishable = true } = {}) {
  const { backoffice_tour_templates: templates, backoffice_vehicles: vehicles } = await client.query(
    '{ backoffice_tour_templates(limit: 1) { id } backoffice_vehicles(order_by: {seat_count: desc}, limit: 1) { id } }',
  )
  const start = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  const created = await client.query(
    'mutation ($input: CreateDepartureInput!) { createDeparture(input: $input) { id } }',
    { input: { tour_template_id: templates[0].id, start_date: start, capacity: 20, vehicle_id: vehicles[0].id } },
  )
  const { id } = created.createDeparture
  if (publishable) await client.query('mutation ($id: uuid!) { markDepartureReady(id: $id) { status } }', { id })
  return id
}

export const publish = (client, id) =>
  client.query('mutation ($id: uuid!) { publishDeparture(id: $id) { status } }', { id })

/** What other contexts have made of a departure: counts of offers and legs. */
export async function consequences(client, id) {
  const data = await client.query(
    `query ($id: uuid!) {
      commerce_tour_offerings(where: {tour_departure_id: {_eq: $id}}) { id }
      operations_service_legs(where: {tour_departure_id: {_eq: $id}}) { id }
    }`,
    { id },
  )
  return { offers: data.commerce_tour_offerings.length, legs: data.operations_service_legs.length }
}
