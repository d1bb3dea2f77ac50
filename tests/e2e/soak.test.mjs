// Many requests, right and wrong ones, leave the server as large as it was.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { graphqlAs } from './support/api.mjs'
import { dispatcher, processId } from './support/product.mjs'

const QUERY = '{ backoffice_tour_departures(limit: 5) { id status tour_template { name } } }'

test('memory stays flat', async () => {
  const client = await graphqlAs(dispatcher)
  const pid = await processId('serve')
  const residentKilobytes = async () => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1])
  const burst = async (requests) => {
    for (let done = 0; done < requests; done += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          // Every tenth is wrong, every tenth has a text of its own: errors and plans must not pile up either.
          i % 10 === 0 ? client.ask('{ nope }') : i % 10 === 1 ? client.ask(`{ a${done}: ${QUERY.slice(2)}`) : client.ask(QUERY),
        ),
      )
    }
  }
  await burst(6000)
  const before = await residentKilobytes()
  await burst(12000)
  const grown = (await residentKilobytes()) - before
  assert.equal(await processId('serve'), pid, 'it is still the same process')
  assert.ok(grown < 24 * 1024, `it grew by ${grown} KiB in 12,000 requests`)
})
