/** What an ngrok tunnel is opened with, as plain data. */

export interface NgrokOptions {
  /** Null where a server of one's own was named that needs none. */
  readonly authtoken: string | null;
  /** The domain to ask for; null for what the account gets. */
  readonly domain: string | null;
  /** `host:port` of an ngrok server of one's own; null for ngrok's. */
  readonly server: string | null;
  /** The certificates to trust that server by, as PEM; null for ngrok's own. */
  readonly ca: string | null;
}
