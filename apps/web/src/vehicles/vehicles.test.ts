import { expect, test } from 'vitest'
import { readSeats } from './status'

test.each([
  ['49', 49],
  [' 1 ', 1],
  ['120', 120],
])('%j are %d seats', (text, seats) => expect(readSeats(text)).toBe(seats))

test.each(['', '0', '121', '-3', '4.5', 'many'])('%j are none', (text) => expect(readSeats(text)).toBeNull())
