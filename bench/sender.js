/**
 * The sender: a process that posts numbered bodies, one job after the other. Bare sockets leave most
 * of the machine to the measured program.
 */

import { connect } from 'node:net';
import { bodyOf } from './bodies.js';

/** Timeout for the last answers of a job, in ms. */
const LAST_ANSWERS_MS = 5000;

process.on('message', async (job) => {
  process.send(await (job.rate === undefined ? flatOut(job) : paced(job)));
});
process.on('disconnect', () => process.exit());

/**
 * Each connection sends its next body after the last answer, for `ms` or until the server closes.
 * Returns the numbers answered with 200, their rate, and the count of other answers.
 */
function flatOut({ url, connections, ms, first }) {
  return new Promise((resolve) => {
    const acknowledged = [];
    let refused = 0;
    let made = 0;
    let open = connections;
    const began = performance.now();
    const elapsed = () => performance.now() - began;

    const openLine = () => {
      let number = 0;
      const next = () => {
        number = first + made++;
        line.post(bodyOf(number));
      };
      const line = createLine(url, {
        answered(ok) {
          if (ok) acknowledged.push(number);
          else refused++;
          if (elapsed() < ms) next();
          else line.close();
        },
        closed() {
          open--;
          if (open > 0) return;
          resolve({ acknowledged, refused, perSecond: (acknowledged.length * 1000) / elapsed() });
        },
      });
      next();
    };
    for (let i = 0; i < connections; i++) openLine();
  });
}

/**
 * Sends `rate` bodies a second for `ms`, however late the answers are. A latency counts from the time
 * at which a body was due, so it includes the wait for a free connection.
 */
function paced({ url, connections, ms, first, rate }) {
  return new Promise((resolve) => {
    const total = Math.round((rate * ms) / 1000);
    const acknowledged = [];
    const latencies = [];
    const idle = [];
    const waiting = [];
    let refused = 0;
    let open = connections;
    let made = 0;
    const began = performance.now();
    const dueAt = (index) => began + (index * 1000) / rate;

    const end = () => {
      clearTimeout(deadline);
      for (const line of lines) line.close();
      latencies.sort((a, b) => a - b);
      const at = (part) => latencies[Math.floor(part * latencies.length)] ?? Number.NaN;
      const unanswered = total - acknowledged.length - refused;
      resolve({ acknowledged, refused, unanswered, p50: at(0.5), p99: at(0.99) });
    };
    const deadline = setTimeout(end, ms + LAST_ANSWERS_MS);
    const pump = () => {
      while (idle.length > 0 && waiting.length > 0) idle.pop()(waiting.shift());
    };
    const tick = () => {
      while (made < total && dueAt(made) <= performance.now()) waiting.push(made++);
      pump();
      if (made < total) setTimeout(tick, 1);
    };
    const lines = Array.from({ length: connections }, () => {
      let index = 0;
      const send = (due) => {
        index = due;
        line.post(bodyOf(first + due));
      };
      const line = createLine(url, {
        answered(ok) {
          latencies.push(performance.now() - dueAt(index));
          if (ok) acknowledged.push(first + index);
          else refused++;
          idle.push(send);
          pump();
          if (acknowledged.length + refused === total) end();
        },
        closed() {
          open--;
          if (open === 0) end();
        },
      });
      idle.push(send);
      return line;
    });
    tick();
  });
}

/** A keep-alive connection with the vendor's headers, one request at a time, as a tunnel opens it. */
function createLine(url, { answered, closed }) {
  const { hostname, port, host, pathname } = new URL(url);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    'Accept: application/json, text/plain, */*',
    'Content-Type: application/json',
    'User-Agent: WaAPI Webhook User Agent',
    `Content-Length: ${bodyOf(0).length}`,
    '\r\n',
  ].join('\r\n');
  const socket = connect(Number(port), hostname).setNoDelay().setEncoding('latin1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
    const end = received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = Number(/^content-length: *(\d+)/im.exec(received)?.[1] ?? 0);
    if (received.length < end + 4 + length) return;
    const ok = received.startsWith('HTTP/1.1 200 ');
    received = '';
    answered(ok);
  });
  socket.on('error', () => {});
  socket.on('close', closed);
  return {
    post: (body) => void socket.write(head + body, 'latin1'),
    close: () => void socket.destroy(),
  };
}
