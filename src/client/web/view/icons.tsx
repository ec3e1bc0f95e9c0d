/** Line drawings of 24 by 24, in the colour of the text around them. */
import type { VNode } from 'preact';

function icon(path: string): () => VNode {
  return () => (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>
  );
}

export const ArrowUp = icon('M12 19V5m-7 7 7-7 7 7');
export const ArrowDown = icon('M12 5v14m7-7-7 7-7-7');
export const Clip = icon('m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.5 3.5 0 0 1 5 5l-8.5 8.5a2 2 0 0 1-3-3L14 7');
export const Close = icon('M6 6l12 12M18 6 6 18');
export const Door = icon('M14 4h5a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-5M10 8l-4 4 4 4m-4-4h10');
export const Download = icon('M12 4v11m-5-5 5 5 5-5M5 20h14');
export const Page = icon('M7 3h7l5 5v12a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Zm7 0v5h5');
export const Search = icon('M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 4.5 4.5');
export const Users = icon(
  'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 9a6 6 0 0 1 12 0M16 4.5a3.5 3.5 0 0 1 0 6M17.5 14.5A6 6 0 0 1 21 20',
);
