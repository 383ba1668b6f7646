/** Why a delivery had no answer, in a sentence with what to check. */

import { safeText } from '../platform/safe-text.ts';
import { PUBLIC } from './dial.ts';

/** The code of an answer that leaves HTTP. */
export const SWITCHED = 'SWITCHED';

/** Failures by Node's code. */
const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: check that the app runs, and listens on this port',
  ECONNRESET: 'connection reset: the app may have crashed or restarted; see its log',
  EPIPE: 'connection reset: the app closed it while the event was being sent',
  [SWITCHED]:
    'the app answered 101 and switched to another protocol: a webhook needs an answer by HTTP',
  ECONNABORTED: 'the connection was closed before it was open',
  EHOSTUNREACH: 'host unreachable: check the host of the target and the network',
  ENETUNREACH: 'network unreachable: check the host of the target and the network',
  EADDRNOTAVAIL: 'no local address or port is left for a connection: close other connections',
  EACCES:
    'the system does not allow this connection: check the firewall and the host of the target',
  EPERM: 'the system does not allow this connection: check the firewall',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
  ENOTFOUND: 'no such host: check the host of the target',
  EAI_AGAIN: 'the host name could not be resolved: check the network and its DNS',
  ETIMEDOUT:
    'connection timed out: check the host and port of the target, and firewalls on the way',
  EPROTO: 'the TLS handshake failed: check the certificate and the TLS settings of the target',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the target does not speak TLS: use http:// instead of https://',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the target does not speak TLS: use http:// instead of https://',
  ERR_SSL_UNSUPPORTED_PROTOCOL:
    'the target speaks no TLS version that Node accepts (1.2 and later)',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION:
    'the target speaks no TLS version that Node accepts (1.2 and later)',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    'the TLS handshake failed: the target accepts none of the ciphers offered, or wants a client certificate',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'the target wants a client certificate, which is not supported',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'the target has no certificate for this host name',
  ERR_SSL_TLSV1_ALERT_UNRECOGNIZED_NAME: 'the target has no certificate for this host name',
};

/** What is wrong with a certificate, by the code of OpenSSL or Node. */
const CERTIFICATES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'a self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'a self-signed certificate in its chain',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'a certificate whose issuer is not known',
  UNABLE_TO_GET_ISSUER_CERT: 'a certificate whose issuer is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'a certificate whose issuer is not known',
  CERT_UNTRUSTED: 'a certificate that is not trusted',
  CERT_SIGNATURE_FAILURE: 'a certificate with a wrong signature',
  CERT_HAS_EXPIRED: 'an expired certificate',
  CERT_NOT_YET_VALID: 'a certificate that is not valid yet by the clock of this machine',
  CERT_REVOKED: 'a revoked certificate',
  INVALID_CA: 'a certificate whose issuer may not issue any',
  INVALID_PURPOSE: 'a certificate that is not meant for servers',
  HOSTNAME_MISMATCH: 'a certificate for another host name',
  ERR_TLS_CERT_ALTNAME_INVALID: 'a certificate for another host name',
};

/** What the answer breaks, by the code of Node's HTTP parser. */
const NO_HTTP: Readonly<Record<string, string>> = {
  HPE_INVALID_CONSTANT: 'it does not begin with HTTP/',
  HPE_INVALID_VERSION: 'its HTTP version is none that exists',
  HPE_INVALID_STATUS: 'its status is no number',
  HPE_INVALID_HEADER_TOKEN: 'one of its headers has no colon, or a character that is not allowed',
  HPE_UNEXPECTED_SPACE: 'one of its headers begins with a space',
  HPE_CR_EXPECTED: 'one of its lines does not end with CR LF',
  HPE_LF_EXPECTED: 'one of its lines does not end with CR LF',
  HPE_STRICT: 'one of its lines does not end with CR LF',
  HPE_INVALID_CONTENT_LENGTH: 'its Content-Length is no number',
  HPE_UNEXPECTED_CONTENT_LENGTH: 'its length is given twice',
  HPE_INVALID_TRANSFER_ENCODING: 'its Transfer-Encoding is not valid',
  HPE_INVALID_CHUNK_SIZE: 'a chunk of its body has no valid size',
};

/** Longest beginning of an answer that is shown, in characters. */
const LONGEST_SHOWN = 40;

/**
 * A failure in a sentence, safe to show. `isInsecure`: certificates of private addresses are accepted.
 * Where ::1 and 127.0.0.1 both fail, Node throws an AggregateError.
 */
export function describeFailure(failure: unknown, isInsecure: boolean): string {
  const error = firstOf(failure) as { code?: string; message?: string; rawPacket?: Uint8Array };
  const { code = '', message = '', rawPacket } = error;
  if (code === 'HPE_HEADER_OVERFLOW') return 'the headers of the answer are over 16 kB';
  if (code.startsWith('HPE_')) return notHttp(code, rawPacket);
  if (message === 'socket hang up') {
    return 'the app closed the connection before it answered: it may have crashed or restarted; see its log';
  }
  const certificate = CERTIFICATES[code];
  if (certificate !== undefined) {
    const advice =
      message === PUBLIC
        ? '--insecure does not accept it, because its address is not private'
        : isInsecure
          ? 'check the certificate of the target'
          : 'for a target in a private network, --insecure accepts it';
    return `the target has ${certificate}: ${advice}`;
  }
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  const said = safeText(message || code, 200);
  return `the connection failed (${said || 'no reason given'}): check the target and its log`;
}

/** Why an answer whose headers came is not whole, in a sentence. */
export function describeCut(failure: unknown): string {
  const { code = '' } = firstOf(failure) as { code?: string };
  return code.startsWith('HPE_') && NO_HTTP[code] !== undefined
    ? `the body of the answer is not valid HTTP: ${NO_HTTP[code]}`
    : 'the answer was cut off: the app closed the connection before its end';
}

function notHttp(code: string, packet: Uint8Array = new Uint8Array()): string {
  const begins = Buffer.from(packet).subarray(0, LONGEST_SHOWN);
  if (begins[0] === 0x15 && begins[1] === 3) {
    return 'the target speaks TLS: use https:// instead of http://';
  }
  const why = NO_HTTP[code] ?? `${code.slice(4).toLowerCase().replaceAll('_', ' ')}`;
  const line = begins.toString('latin1').split(/\r?\n/, 1)[0] ?? '';
  const isText = /^[\x20-\x7e]+$/.test(line);
  const shown = isText ? ` ("${safeText(line)}")` : '';
  return `the answer is not valid HTTP${shown}: ${why}; check that this is the port of the app`;
}

function firstOf(failure: unknown): object {
  const inner = (failure as { errors?: readonly unknown[] } | null)?.errors?.[0] ?? failure;
  return typeof inner === 'object' && inner !== null ? inner : { message: String(inner) };
}
