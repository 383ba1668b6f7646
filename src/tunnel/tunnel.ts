/** A tunnel: the way from the internet to the receiver, whoever opened it. */

/** An open way to the receiver. */
export interface Tunnel {
  /** What the vendor calls; without a slash at its end. */
  readonly url: string;
  /** Gives the way up, whatever state it is in: within some seconds, and never with an error. */
  close(): Promise<void>;
}

/** How a tunnel is opened. */
export interface Opening {
  /** How long each step may take, in ms. */
  readonly stepMs: number;
  /** Gives up; what was opened by then is closed, and its reason thrown. */
  readonly signal: AbortSignal;
  /**
   * Called when the way may not lead here any more, in one clause. `lost`: for a moment at least it
   * did not, so that somebody else has answered in our place.
   */
  readonly suspect: (why: string, lost: boolean) => void;
}

/** Opens a tunnel to a port of 127.0.0.1. Throws a tunnel error when it cannot. */
export type OpenTunnel = (localPort: number, opening: Opening) => Promise<Tunnel>;
