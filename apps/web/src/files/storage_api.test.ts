import { describe, expect, it } from 'vitest'
import { formatSize } from './storage_api'

describe('sizes', () => {
  it('are short', () => {
    expect(formatSize(0)).toBe('0 bytes')
    expect(formatSize(999)).toBe('999 bytes')
    expect(formatSize(1000)).toBe('1.0 kB')
    expect(formatSize(1_550_000)).toBe('1.6 MB')
    expect(formatSize(5e13)).toBe('50.0 TB')
  })
})
