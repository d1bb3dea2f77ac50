// PNG files made by hand (https://www.w3.org/TR/png-3/): tests need to know every pixel, and lies about them.
import { crc32, deflateSync } from 'node:zlib'

const crc = crc32 ?? slowCrc32

/** node:zlib has it since Node 20.15; before that it takes a few lines. */
function slowCrc32(bytes) {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; ++bit) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return (value ^ 0xffffffff) >>> 0
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc(body))
  return Buffer.concat([length, body, sum])
}

/** Of one colour. `claimed`: what its head says instead of the truth. */
export function png(width, height, claimed = { width, height }) {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(claimed.width, 0)
  head.writeUInt32BE(claimed.height, 4)
  head.set([8, 2], 8)
  const rows = Buffer.alloc((1 + 3 * width) * height, 0x40)
  for (let row = 0; row < height; ++row) rows[row * (1 + 3 * width)] = 0
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

export const sizeOf = (bytes) => `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`
