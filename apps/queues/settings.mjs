// The settings of the program, by the names that `busflow` itself uses for the same things.
import { readFileSync } from 'node:fs'

/** @returns {{port: number, address: string, serve: string, prefix: string, redis: import('ioredis').RedisOptions}} */
export function readSettings(environment) {
  const text = (name, fallback) => environment[name] || fallback
  const port = (name, fallback) => {
    const value = Number(text(name, fallback))
    if (!Number.isInteger(value) || value < 0 || value > 65535) throw new Error(`${name} is not a port: ${environment[name]}`)
    return value
  }
  const serve = environment.BUSFLOW_SERVE_URL
  if (!serve) throw new Error('BUSFLOW_SERVE_URL is not set: the address of `busflow serve`, which knows who is staff')
  return {
    address: text('BUSFLOW_QUEUES_ADDRESS', '127.0.0.1'),
    port: port('BUSFLOW_QUEUES_PORT', '8090'),
    serve: serve.replace(/\/+$/, ''),
    prefix: text('BUSFLOW_JOBS_PREFIX', 'bull'),
    redis: {
      ...(environment.BUSFLOW_REDIS_SOCKET
        ? { path: environment.BUSFLOW_REDIS_SOCKET }
        : { host: text('BUSFLOW_REDIS_HOST', '127.0.0.1'), port: port('BUSFLOW_REDIS_PORT', '6379') }),
      password: secret(environment.BUSFLOW_REDIS_PASSWORD_FILE),
      maxRetriesPerRequest: 1, // an outage becomes an answer, not a page that loads for ever
    },
  }
}

function secret(file) {
  return file ? readFileSync(file, 'utf8').trim() : undefined
}
