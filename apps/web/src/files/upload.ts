import * as tus from 'tus-js-client'
import { shallowRef, type ShallowRef } from 'vue'
import { useSessionStore } from '@/session/session_store'

/** An upload as the page shows it. */
export interface UploadState {
  name: string
  /** 0 to 100. */
  percent: number
  /** Of the last attempt to go on; empty while all is well. */
  trouble: string
}

/** After so many milliseconds each an upload that was cut goes on by itself. */
const RETRY_DELAYS = [0, 1000, 3000, 5000, 10_000, 20_000]

const ENDPOINT = '/v1/storage/resumable'
const LOST = 'The connection was lost.'

/** The same file, chosen again. */
const keyOf = (file: File): string => `busflow.upload.${file.name}.${file.size}.${file.lastModified}`

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)))

/** What the server said of an upload that it refuses. */
function reasonIn(body: string): string {
  try {
    return JSON.parse(body).error.message
  } catch {
    return LOST
  }
}

/**
 * Uploads files so that they survive a lost connection, and a closed page: whoever chooses the same file again goes on
 * where it was. `done` gets the id of the file.
 */
export function useUpload(done: (id: string) => void): {
  state: ShallowRef<UploadState | null>
  start: (file: File) => Promise<void>
  resume: () => void
  cancel: () => Promise<void>
} {
  const session = useSessionStore()
  const state = shallowRef<UploadState | null>(null)
  let upload: tus.Upload | null = null
  let chosen: File | null = null

  /** Where the upload of this file is to go on; a new one where there is none. */
  async function addressOf(file: File): Promise<string> {
    const known = localStorage.getItem(keyOf(file))
    if (known) return known
    const answer = await fetch(ENDPOINT, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await session.freshToken()}`,
        'tus-resumable': '1.0.0',
        'upload-length': String(file.size),
        'upload-metadata': `filename ${base64(file.name)},filetype ${base64(file.type)}`,
      },
    })
    const address = answer.headers.get('location')
    if (!answer.ok || !address) throw new Error(reasonIn(await answer.text()))
    localStorage.setItem(keyOf(file), address)
    return address
  }

  function send(file: File, address: string): void {
    const troubled = (trouble: string) => {
      state.value = { name: file.name, percent: state.value?.percent ?? 0, trouble }
    }
    // With an endpoint the library would begin anew whenever the server cannot say how far it is; so it gets none.
    upload = new tus.Upload(file, {
      uploadUrl: address,
      retryDelays: RETRY_DELAYS,
      // An upload may take longer than an access token lives.
      onBeforeRequest: async (request) => request.setHeader('authorization', `Bearer ${await session.freshToken()}`),
      onProgress: (sent, total) => {
        state.value = { name: file.name, percent: Math.floor((100 * sent) / total), trouble: '' }
      },
      onError: (error) => {
        const answer = error instanceof tus.DetailedError ? error.originalResponse : null
        // What the server refuses for good is begun anew the next time.
        if (answer && answer.getStatus() < 500) localStorage.removeItem(keyOf(file))
        troubled(answer ? reasonIn(answer.getBody()) : LOST)
      },
      onSuccess: () => {
        localStorage.removeItem(keyOf(file))
        state.value = null
        done(address.split('/').pop() ?? '')
      },
    })
    upload.start()
  }

  async function start(file: File): Promise<void> {
    chosen = file
    state.value = { name: file.name, percent: 0, trouble: '' }
    try {
      send(file, await addressOf(file))
    } catch (error) {
      state.value = { name: file.name, percent: 0, trouble: (error as Error).message }
    }
  }

  async function cancel(): Promise<void> {
    await upload?.abort(true).catch(() => undefined)
    if (chosen) localStorage.removeItem(keyOf(chosen))
    state.value = null
  }

  return { state, start, resume: () => void (chosen && start(chosen)), cancel }
}
