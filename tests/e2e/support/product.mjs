// The running product, as `busflow-local run --exec` hands it over.
import { execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const busflowLocal = fileURLToPath(new URL('../../../tools/local/busflow-local', import.meta.url))

function required(name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: run these tests by \`tools/test.py --only e2e\``)
  return value
}

export const address = required('BUSFLOW_URL')
export const serveAddress = required('BUSFLOW_SERVE_URL')
export const stateDirectory = required('BUSFLOW_STATE_DIR')
export const password = 'busflow-demo'
export const dispatcher = 'dispatcher@bruning.example'
export const staff = 'staff@busflow.example'
export const otherDispatcher = 'dispatcher@nordlicht.example'

/** Sends a signal to a part, such as 'serve'. The supervisor starts it again when it dies. */
export const kill = (part, signal = 'KILL') => run(busflowLocal, ['kill', part, '--signal', signal])

/** What the busflow program prints, with the settings of the running product. */
export async function busflow(...words) {
  const { stdout } = await run(busflowLocal, ['busflow', '--', ...words])
  return stdout
}

export async function processId(part) {
  const { stdout } = await run(busflowLocal, ['status'])
  return JSON.parse(stdout).processes[part]
}

/** One value, as the database's superuser sees it. */
export async function sqlValue(sql) {
  const { stdout } = await run(busflowLocal, ['psql', '--', '--tuples-only', '--no-align', '-c', sql])
  return stdout.trim()
}

/** Holds a lock on a table, so that whoever wants to write it waits there; `release()` lets them go on. */
export async function lockTable(table) {
  const session = spawn(busflowLocal, ['psql', '--', '--quiet', '--tuples-only', '--no-align'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => session.once('exit', resolve))
  const locked = new Promise((resolve) => {
    session.stdout.on('data', (data) => String(data).includes('locked') && resolve())
  })
  session.stdin.write(`begin; lock table ${table} in access exclusive mode; select 'locked';\n`)
  await locked
  return {
    release: async () => {
      session.stdin.end('commit;\n')
      await ended
    },
  }
}

/** Until `condition` gives something true, which is returned. */
export async function until(what, condition, seconds = 30) {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const value = await condition()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Kills a process of the product, and waits until another one is in its place. */
export async function replaceByKill(part) {
  const before = await processId(part)
  await kill(part)
  await until(`another ${part} runs`, async () => {
    const now = await processId(part)
    return now && now !== before
  })
}

export const isReady = async () => {
  const response = await fetch(`${serveAddress}/readyz`).catch(() => null)
  return response?.status === 200
}
