/** What every tunnel offers, whoever opens it. */

/** An open tunnel to the receiver. */
export interface Tunnel {
  /** The url that the vendor calls, without a slash at its end. */
  readonly url: string;
  /** Closes the tunnel within some seconds, whatever its state. Never rejects. */
  close(): Promise<void>;
}

/** How a tunnel is opened. */
export interface Opening {
  /** How long each step may take, in ms. */
  readonly stepMs: number;
  /** Aborts the opening: closes what was opened by then, and throws the signal's reason. */
  readonly signal: AbortSignal;
  /**
   * Called with a clause that says why the tunnel may no longer lead here. `lost`: for a moment at
   * least it did not, and somebody else has answered in our place.
   */
  readonly suspect: (why: string, lost: boolean) => void;
}

/** Opens a tunnel to a port of 127.0.0.1. Throws a tunnel error when it cannot. */
export type OpenTunnel = (localPort: number, opening: Opening) => Promise<Tunnel>;
