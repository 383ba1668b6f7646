/** Whether an address is this machine: what is said there stays here. */

/** For the host of a url (`[::1]`) or by itself (`::1`). */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname);
}
