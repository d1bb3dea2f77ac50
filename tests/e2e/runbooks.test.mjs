// The commands of docs/operations work as they stand there.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const folder = `${repository}docs/operations/`

// Run where there is an object store: tests/backup/runbook_test.py.
const elsewhere = new Set(['backup-verify-runbook.md'])

for (const page of readdirSync(folder)) {
  if (elsewhere.has(page)) continue
  const commands = [...readFileSync(folder + page, 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map((found) => found[1].trim())
  for (const command of commands) {
    test(`${page}: ${command.slice(0, 70)}`, () => {
      const said = execFileSync('bash', ['-euo', 'pipefail', '-c', command], { cwd: repository, encoding: 'utf8' })
      assert.notEqual(said.trim(), '')
    })
  }
  if (page === 'looking-inside.md') test('the runbook has commands', () => assert.ok(commands.length >= 5))
}
