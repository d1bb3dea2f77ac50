/** The file service, as far as the workspace uses it. */
async function ask(method: string, id: string, accessToken: string): Promise<Response> {
  const answer = await fetch(`/v1/storage/files/${id}`, { method, headers: { authorization: `Bearer ${accessToken}` } })
  if (answer.ok) return answer
  const body = await answer.json().catch(() => null)
  throw new Error(body?.error?.message ?? 'The server cannot answer now. Try again in a moment.')
}

/** An address of this page for the file's bytes: links cannot carry a token. Give it back by URL.revokeObjectURL(). */
export const objectAddress = async (path: string, accessToken: string): Promise<string> =>
  URL.createObjectURL(await (await ask('GET', path, accessToken)).blob())

export async function download(id: string, name: string, accessToken: string): Promise<void> {
  const link = document.createElement('a')
  link.href = await objectAddress(id, accessToken)
  link.download = name
  link.click()
  // The browser has taken the address by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

export const remove = async (id: string, accessToken: string): Promise<void> => {
  await ask('DELETE', id, accessToken)
}

/** "1.5 MB" */
export function formatSize(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`
}
