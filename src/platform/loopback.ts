/** Recognises the addresses of this machine. */

/** Whether a host is loopback, in a url's form (`[::1]`) or plain (`::1`). */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname);
}
