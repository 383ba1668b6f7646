/** Opens a connection to a target. Whether it is private is judged by the address that is connected to. */

import { lookup as systemLookup } from 'node:dns';
import { BlockList, connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** How connections are opened. */
export interface DialOptions {
  /** Accepts every certificate of an address for which `isPrivate` holds. */
  readonly insecure?: boolean;
  /** Resolves host names; the system's resolver by default. */
  readonly lookup?: LookupFunction;
  /** Which addresses are this machine or in a private network; {@link isPrivateAddress} by default. */
  readonly isPrivate?: (address: string) => boolean;
}

/** Takes the open socket, or why there is none. */
export type Dialled = (error: Error | null, socket: Socket) => void;

/** How long to wait for a connection, in ms. */
const CONNECT_MS = 10_000;

/**
 * Connects to the host of an http or https url. Calls `dialled` once, when the first byte of a request
 * can be written. Destroying the returned socket before ends the attempt; `dialled` gets an error then.
 */
export function dial(url: URL, options: DialOptions, dialled: Dialled): Socket {
  const { insecure = false, isPrivate = isPrivateAddress } = options;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isSecure = url.protocol === 'https:';
  const to = {
    host,
    port: Number(url.port) || (isSecure ? 443 : 80),
    lookup: lookupWith(options.lookup ?? systemLookup),
    autoSelectFamily: true,
    noDelay: true,
  };
  const socket = isSecure
    ? connectTls({
        ...to,
        // A server name is never an address (RFC 6066 §3).
        servername: isIP(host) === 0 ? host : '',
        ALPNProtocols: ['http/1.1'],
        rejectUnauthorized: !insecure,
      })
    : connectTcp(to);

  const timer = setTimeout(() => socket.destroy(coded('ETIMEDOUT')), CONNECT_MS);
  let failure: Error | null = null;
  const fail = (error: Error) => {
    failure ??= error;
  };
  const close = () => {
    clearTimeout(timer);
    dialled(failure ?? coded('ECONNABORTED'), socket);
  };
  socket.on('error', fail).once('close', close);
  socket.once(isSecure ? 'secureConnect' : 'connect', () => {
    const refused = 'authorizationError' in socket && (socket.authorizationError as unknown);
    // The address of this very connection: a name may have led elsewhere a moment ago.
    if (refused && !isPrivate(socket.remoteAddress ?? '')) {
      socket.destroy(coded(codeOf(refused), PUBLIC));
      return;
    }
    clearTimeout(timer);
    socket.off('error', fail).off('close', close);
    dialled(null, socket);
  });
  return socket;
}

/** The message of an untrusted certificate at an address that is not private. */
export const PUBLIC = 'public address';

function coded(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

/** Node gives the code of a chain that is not trusted as a text, and a wrong host name as an error. */
function codeOf(refused: unknown): string {
  return refused instanceof Error ? ((refused as { code?: string }).code ?? '') : String(refused);
}

/** `*.localhost` is this machine, whatever a resolver says (RFC 6761 §6.3). */
function lookupWith(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    if (!/\.localhost\.?$/i.test(hostname)) return lookup(hostname, options, callback);
    const addresses = [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ].filter(({ family }) => !options.family || options.family === family);
    if (options.all) process.nextTick(callback, null, addresses);
    else process.nextTick(callback, null, addresses[0]?.address, addresses[0]?.family);
  };
}

const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const) {
  PRIVATE.addSubnet(net, bits, 'ipv4');
}
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

/** Whether an address (IPv4 or IPv6, never a name) is this machine or in a private network. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  const version = isIP(plain);
  return version !== 0 && PRIVATE.check(plain, version === 4 ? 'ipv4' : 'ipv6');
}
