/** The options of an ngrok tunnel, as plain data. */

export interface NgrokOptions {
  /** Null for a self-hosted server that needs none. */
  readonly authtoken: string | null;
  /** The domain to ask for; null for the account's own. */
  readonly domain: string | null;
  /** `host:port` of a self-hosted ngrok server; null for ngrok's. */
  readonly server: string | null;
  /** The certificates to trust that server by, as PEM; null for ngrok's own. */
  readonly ca: string | null;
}
