/** A tunnel: the way from the internet to the receiver, whoever opened it. */

/** An open way to the receiver. */
export interface Tunnel {
  /** What the vendor calls; without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Opens a tunnel to a port of 127.0.0.1. Throws a tunnel error when it cannot. */
export type OpenTunnel = (localPort: number) => Promise<Tunnel>;
