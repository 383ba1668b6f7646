/** The processes of a benchmark, in a temporary folder that is removed at exit. */

import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../bin/eazewa-hooks.js', import.meta.url));
const API_TOKEN = 'a-token-for-benchmarks';
const PATH_TOKEN = 'ehk_a-path-token-for-benchmarks-0123456789';
const START_MS = 20_000;
const STOP_MS = 15_000;
const SOME_TEXT = 100_000;

/** Runs everything with the Node at the path `node`. */
export function createPlace(node) {
  const root = mkdtempSync(join(tmpdir(), 'eazewa-hooks-bench-'));
  const running = new Set();
  let homes = 0;
  let api = null;

  const track = (program) => {
    running.add(program);
    program.ended.then(() => running.delete(program));
    return program;
  };
  const clean = () => {
    for (const program of running) program.kill();
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', clean);

  const forked = (file) => {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), { execPath: node });
    track({ ended: once(child, 'exit'), kill: () => child.kill('SIGKILL') });
    return child;
  };

  /** Starts the program and resolves when its output matches. */
  const program = async (args, home, ready, start = startPiped) => {
    const started = track(start(node, [BIN, ...args], { cwd: root, env: environment(home) }));
    let output = '';
    const found = new Promise((resolve) => {
      started.onOutput((text) => {
        // Output after the match is discarded.
        if (output === null) return;
        output = (output + text).slice(-SOME_TEXT);
        const match = ready.exec(output);
        if (match === null) return;
        output = null;
        resolve(match);
      });
    });
    const ended = started.ended.then(() => {
      throw new Error(`${args[0]} ended before it was ready:\n${output}`);
    });
    const match = await within(START_MS, `the start of ${args[0]}`, Promise.race([found, ended]));
    return { ...started, match };
  };

  const simulator = async () => {
    const args = ['simulate', '--json', '--quiet', '--scenario', 'none', '--api-token', API_TOKEN];
    const { match } = await program(args, root, /"apiUrl":"([^"]+)"/);
    return match[1];
  };

  return {
    /** Prints a line of progress. */
    note: (line) => void process.stderr.write(`  ${line}\n`),

    /** A new folder of state. */
    newHome: () => join(root, `home-${++homes}`),

    /** Starts a server of this folder (`./app.js`); returns its url and `stop`. */
    async server(file) {
      const child = forked(file);
      const { port } = await said(child, file, START_MS);
      return { url: `http://127.0.0.1:${port}/`, stop: () => stopForked(child) };
    },

    /** Starts a sender; `run` sends it a job (sender.js) and resolves to the result. */
    sender() {
      const child = forked('./sender.js');
      return {
        async run(job) {
          child.send({ connections: 32, ...job });
          const result = await said(child, 'the sender', job.ms + STOP_MS);
          if (result.refused > 0) throw new Error(`${result.refused} requests were refused`);
          return result;
        },
        stop: () => stopForked(child),
      };
    },

    /**
     * Starts `eazewa-hooks listen` against a simulator, on a terminal if `start` is from
     * {@link terminals}. Reads and discards the output, except after `pause`.
     */
    async listener({ home, args, start }) {
      api ??= await simulator();
      const all = ['listen', '-i', '33', '--api-url', api, '--events', 'message', ...args];
      // Each view prints the local address after one of these.
      const ready = /(?:"ready"|Listening on|●).*?(127\.0\.0\.1:\d+)/s;
      const { match, ...listener } = await program(all, home, ready, start);
      return {
        ...listener,
        url: `http://${match[1]}/webhooks/whatsapp/${PATH_TOKEN}`,
        async stop() {
          listener.resume();
          listener.interrupt();
          await within(STOP_MS, 'the end of a listener', listener.ended);
        },
      };
    },
    clean,
  };
}

/** The history file below a folder of state. */
export function historyIn(home) {
  const found = readdirSync(home, { recursive: true }).filter((path) =>
    path.endsWith('history.db'),
  );
  if (found.length !== 1) throw new Error(`${found.length} history files in ${home}`);
  return join(home, found[0]);
}

/** Starts programs in a pseudo-terminal; null without the optional package node-pty. */
export async function terminals() {
  const pty = await import('@lydell/node-pty').catch(() => null);
  if (pty === null) return null;
  return (node, args, { cwd, env }) => {
    const terminal = pty.spawn(node, args, { cols: 120, rows: 40, cwd, env });
    return {
      pid: terminal.pid,
      ended: new Promise((resolve) => terminal.onExit(resolve)),
      onOutput: (take) => terminal.onData(take),
      pause: () => terminal.pause(),
      resume: () => terminal.resume(),
      interrupt: () => terminal.kill('SIGINT'),
      kill: () => terminal.kill('SIGKILL'),
    };
  };
}

function startPiped(node, args, options) {
  const child = spawn(node, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  return {
    ended: once(child, 'exit'),
    onOutput(take) {
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('latin1').on('data', take);
    },
    pause: () => child.stdout.pause(),
    resume: () => child.stdout.resume(),
    interrupt: () => child.kill('SIGINT'),
    kill: () => child.kill('SIGKILL'),
  };
}

/** The next message of a forked process. */
async function said(child, name, ms) {
  const over = new AbortController();
  const { signal } = over;
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error(`${name} ended by itself`);
  });
  try {
    const message = once(child, 'message', { signal });
    const [first] = await within(ms, name, Promise.race([message, ended]));
    return first;
  } finally {
    ended.catch(() => {});
    over.abort();
  }
}

async function stopForked(child) {
  child.disconnect();
  if (child.exitCode === null) await once(child, 'exit');
}

/** The environment without the program's settings, which would change the result. */
function environment(home) {
  const ours = /^(EAZEWA|WAAPI|NGROK)_/;
  const others = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return {
    ...Object.fromEntries(others),
    EAZEWA_HOOKS_HOME: home,
    EAZEWA_API_TOKEN: API_TOKEN,
    EAZEWA_WEBHOOK_TOKEN: PATH_TOKEN,
  };
}

function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took over ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
