/** Pictures of any size, painted point by point: for what has to look like something. */
import { crc32, deflateSync } from 'node:zlib';

/** Red, green and blue, from 0 to 255. */
export type Colour = readonly [number, number, number];

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** Eight bits for each of three colours, without any of the options. */
const TRUECOLOUR = [8, 2, 0, 0, 0];

/** A PNG; `colourAt` tells the colour of each point, from the upper left corner on. */
export function painted(width: number, height: number, colourAt: (x: number, y: number) => Colour): Buffer {
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y += 1) {
    const start = y * (1 + 3 * width) + 1;
    for (let x = 0; x < width; x += 1) rows.set(colourAt(x, y), start + 3 * x);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set(TRUECOLOUR, 8);
  return Buffer.concat([SIGNATURE, chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND')]);
}

/** Evening over a lake. */
export function lake(width: number, height: number): Buffer {
  const shore = height * 0.62;
  const sun = { x: width * 0.68, y: height * 0.48, radius: height * 0.09 };
  return painted(width, height, (x, y) => {
    const depth = y < shore ? y / shore : (height - y) / (height - shore);
    const ripple = y < shore ? 0 : Math.sin(y * 0.9 + Math.sin(x * 0.05) * 3) * 10;
    const hills = shore - height * (0.12 + 0.07 * Math.sin((x / width) * 9) + 0.03 * Math.sin((x / width) * 23));
    if (Math.hypot(x - sun.x, y - sun.y) < sun.radius && y < hills) return [255, 226, 160];
    if (y > hills && y < shore) return [52, 48, 74];
    return bounded([120 + 130 * depth + ripple, 110 + 60 * depth + ripple, 160 - 50 * depth + ripple]);
  });
}

/** A smiley of this colour. */
export function smiley(colour: Colour, size = 160): Buffer {
  return painted(size, size, (x, y) => {
    const [across, down] = [(x - size / 2) / size, (y - size / 2) / size];
    const isEye = Math.hypot(Math.abs(across) - 0.15, down + 0.1) < 0.055;
    const isMouth = down > 0.05 && Math.abs(Math.hypot(across, down) - 0.27) < 0.03;
    return isEye || isMouth ? [50, 35, 25] : colour;
  });
}

/** Noise, which cannot be made smaller: about three bytes for each point. */
export function noise(width: number, height: number): Buffer {
  let state = 1;
  const next = (): number => (state = (state * 48_271) % 0x7fff_ffff) & 0xff;
  return painted(width, height, () => [next(), next(), next()]);
}

function bounded([red, green, blue]: Colour): Colour {
  const bound = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
  return [bound(red), bound(green), bound(blue)];
}

function chunk(type: string, data = Buffer.alloc(0)): Buffer {
  const typed = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, sum]);
}
