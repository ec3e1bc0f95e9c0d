/** A face drawn from a name: always the same for the same name, for those who have brought no picture. */
import type { VNode } from 'preact';

export function Face({ name }: { name: string }): VNode {
  const { hue, second, turn, tilt, eyes, smile } = traitsOf(name);
  return (
    <svg class="face" viewBox="0 0 36 36" aria-hidden="true" focusable="false">
      <rect width="36" height="36" fill={`hsl(${hue} 55% 72%)`} />
      <rect
        x={turn - 6}
        y={turn + 2}
        width="36"
        height="36"
        rx="16"
        fill={`hsl(${second} 75% 86%)`}
        transform={`rotate(${tilt * 12} 18 18)`}
      />
      <g transform={`translate(${turn - 2} ${turn - 1}) rotate(${tilt} 18 18)`} fill={`hsl(${hue} 45% 22%)`}>
        <circle cx={15 - eyes} cy="16" r="1.6" />
        <circle cx={21 + eyes} cy="16" r="1.6" />
        <path
          d={`M13 ${21} Q18 ${22 + smile} 23 ${21}`}
          fill="none"
          stroke={`hsl(${hue} 45% 22%)`}
          stroke-width="1.8"
          stroke-linecap="round"
        />
      </g>
    </svg>
  );
}

interface Traits {
  /** Degrees, of what is behind and of the face. */
  readonly hue: number;
  readonly second: number;
  readonly turn: number;
  readonly tilt: number;
  readonly eyes: number;
  readonly smile: number;
}

function traitsOf(name: string): Traits {
  const number = hash(name);
  return {
    hue: number % 360,
    second: (number + 40 + ((number >>> 21) % 280)) % 360,
    turn: (number >>> 9) % 5,
    tilt: ((number >>> 12) % 15) - 7,
    eyes: (number >>> 16) % 3,
    smile: 2 + ((number >>> 18) % 5),
  };
}

/** FNV-1a, over the name as it is compared, and stirred so that names that are alike look different. */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (const character of name.normalize('NFKC').toLowerCase()) {
    value = Math.imul(value ^ character.codePointAt(0)!, 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
