// Screenshots as small PNG files: at most 256 colours from a palette, no library.
import { deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
const CRC = Array.from({ length: 256 }, (_, at) => {
  let value = at
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value >>> 0
})

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  let sum = 0xffffffff
  for (const byte of body) sum = CRC[(sum ^ byte) & 255] ^ (sum >>> 8)
  const [length, end] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  end.writeUInt32BE((sum ^ 0xffffffff) >>> 0)
  return Buffer.concat([length, body, end])
}

/** Width, height and three bytes for each pixel of an 8-bit RGB or RGBA picture without interlacing, as Chromium writes it. */
function decoded(png) {
  const parts = []
  let [width, height, channels] = [0, 0, 0]
  for (let at = 8; at < png.length;) {
    const [length, type] = [png.readUInt32BE(at), png.toString('latin1', at + 4, at + 8)]
    const data = png.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') {
      ;[width, height, channels] = [data.readUInt32BE(0), data.readUInt32BE(4), { 2: 3, 6: 4 }[data[9]]]
      if (data[8] !== 8 || !channels || data[12]) throw new Error('not an 8-bit RGB picture')
    }
    if (type === 'IDAT') parts.push(data)
    at += length + 12
  }
  const [raw, stride] = [inflateSync(Buffer.concat(parts)), width * channels]
  const out = Buffer.alloc(height * stride)
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)]
    for (let x = 0; x < stride; x += 1) {
      const left = x >= channels ? out[y * stride + x - channels] : 0
      const above = y ? out[(y - 1) * stride + x] : 0
      const corner = y && x >= channels ? out[(y - 1) * stride + x - channels] : 0
      const [a, b, c] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)]
      const guess = [0, left, above, (left + above) >> 1, a <= b && a <= c ? left : b <= c ? above : corner][filter]
      out[y * stride + x] = raw[y * (stride + 1) + 1 + x] + guess
    }
  }
  const pixels = Buffer.alloc(width * height * 3)
  for (let at = 0; at < width * height; at += 1) out.copy(pixels, at * 3, at * channels, at * channels + 3)
  return { width, height, pixels }
}

/** So many colours that stand for all: the box with the widest spread is cut where half of its pixels lie on each side. */
function palette(counts, size) {
  const boxes = [[...counts].map(([colour, count]) => ({ parts: [colour >> 16, (colour >> 8) & 255, colour & 255], colour, count }))]
  while (boxes.length < size) {
    const spread = boxes.map((box) => {
      const ranges = [0, 1, 2].map((part) => box.reduce((high, one) => Math.max(high, one.parts[part]), 0) - box.reduce((low, one) => Math.min(low, one.parts[part]), 255))
      return { part: ranges.indexOf(Math.max(...ranges)), weight: Math.max(...ranges) * Math.log2(1 + box.reduce((sum, one) => sum + one.count, 0)) }
    })
    const widest = spread.indexOf(spread.reduce((most, one) => (one.weight > most.weight ? one : most)))
    const { part, weight } = spread[widest]
    if (weight === 0) break
    const box = boxes[widest].sort((one, other) => one.parts[part] - other.parts[part])
    const half = box.reduce((sum, one) => sum + one.count, 0) / 2
    let [cut, sum] = [0, 0]
    while (cut < box.length - 1 && (cut === 0 || sum + box[cut].count <= half)) sum += box[cut++].count
    boxes.splice(widest, 1, box.slice(0, cut), box.slice(cut))
  }
  // The commonest colour of a box stands for it: grounds stay exactly what they are.
  return boxes.map((box) => box.reduce((most, one) => (one.count > most.count ? one : most)))
}

/** The same picture with a palette. */
export function small(png, size = 64) {
  const { width, height, pixels } = decoded(png)
  const counts = new Map()
  for (let at = 0; at < pixels.length; at += 3) {
    const colour = pixels.readUIntBE(at, 3)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const colours = palette(counts, size)
  const nearest = new Map([...counts.keys()].map((colour) => {
    const [red, green, blue] = [colour >> 16, (colour >> 8) & 255, colour & 255]
    let [best, at] = [Infinity, 0]
    colours.forEach(({ parts }, index) => {
      const far = (parts[0] - red) ** 2 + (parts[1] - green) ** 2 + (parts[2] - blue) ** 2
      if (far < best) [best, at] = [far, index]
    })
    return [colour, at]
  }))
  const rows = Buffer.alloc(height * (width + 1))
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = nearest.get(pixels.readUIntBE((y * width + x) * 3, 3))
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 3, 0, 0, 0], 8)
  return Buffer.concat([SIGNATURE, chunk('IHDR', head), chunk('PLTE', Buffer.from(colours.flatMap(({ parts }) => parts))), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
}
