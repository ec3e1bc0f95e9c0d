/** True for an address of this machine alone, which nobody elsewhere can have, or forge: 127.0.0.0/8 or ::1, also mapped. */
export function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address) || address === '::1';
}
