/** What a test opened, closed in one place, the newest first. Every test file calls `closeAll` when it is done. */
const open: (() => Promise<void> | void)[] = [];

export function atEnd(close: () => Promise<void> | void): void {
  open.push(close);
}

export async function closeAll(): Promise<void> {
  for (let close = open.pop(); close; close = open.pop()) await close();
}
