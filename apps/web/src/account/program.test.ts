import { expect, it } from 'vitest'
import { programName } from './program'

it('names browsers and systems as people do', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36'
  expect(programName(chrome)).toBe('Chrome on Linux')
  expect(programName(chrome.replace('X11; Linux', 'Linux; Android 15;') + ' Edg/140.0')).toBe('Edge on Android')
  expect(programName('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1')).toBe(
    'Safari on iOS',
  )
  expect(programName('node')).toBe('node')
  expect(programName('')).toBe('An unknown program')
})
