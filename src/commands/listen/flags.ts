/** The command `listen`: its flags, help and examples. */

import type { Command } from 'commander';
import type { Deps } from '../shared/deps.ts';
import { addCommand, repeat } from '../shared/register.ts';

/** Adds `listen` to the program. */
export function registerListen(program: Command, deps: Deps): void {
  addCommand(
    program,
    deps,
    'listen [target...]',
    'receive events on this machine, show and forward them',
    () => import('./listen.ts'),
  )
    .option(
      '--route <events=url>',
      'send these events to this url (globs such as message*), repeatable',
      repeat,
    )
    .option(
      '-e, --events <names>',
      'subscribe to these events, or all (default: those of the instance, else message)',
      repeat,
    )
    .option('--ignore-events <names>', 'do not subscribe to these events', repeat)
    .option('--only <chat>', 'forward only the events of this chat: a phone number or a jid')
    .option(
      '-H, --header <k: v>',
      'add a header to forwarded events; @file reads a file of headers; repeatable',
      repeat,
    )
    .option('--receiver-port <n>', 'port that receives events (default: any free port)')
    .option(
      '--public-url <url>',
      'your own url that leads to the receiver port, instead of a tunnel',
    )
    .option(
      '--tunnel <ngrok|none>',
      'tunnel to use (default: none for an API on this machine, else ngrok)',
    )
    .option('--domain <name>', 'ngrok domain to use (NGROK_DOMAIN)')
    .option('--ngrok-server <host:port>', 'your own ngrok server (NGROK_SERVER_ADDR)')
    .option(
      '--ngrok-ca <pem>',
      'file of certificates to trust the ngrok server by (NGROK_ROOT_CAS)',
    )
    .option('--recover', 'after an outage, fetch its messages from the API')
    .option('--simulate', 'use the built-in simulator instead of the vendor')
    .option('--scenario <name>', 'scenario that the simulator plays, or none (default: morning)')
    .option('--speed <x>', 'speed of the scenario (default: 1)')
    .option('--replace <host>', "replace the instance's webhook at this host while listening")
    .option('--tee', 'also send each event to the original webhook')
    .option(
      '--side-by-side',
      'add a second webhook instead of replacing the original (experimental)',
    )
    .option(
      '--no-guard',
      'do not start the guard that restores the webhook if this process is killed',
    )
    .option(
      '--insecure',
      'accept self-signed certificates of targets at local and private addresses',
    )
    .option('--timeout <duration>', 'timeout for the answer of your app (default: 5m)')
    .option('--no-history', 'keep events in memory only')
    .option('--plain', 'print lines of text instead of the terminal UI')
    .option('--print-secret', 'print the webhook url of this listener with its path token')
    .option('--full', 'with --json: include base64 data')
    .option('--for <duration>', 'stop this long after `ready`')
    .option('--max-events <n>', 'stop after this many events')
    .addHelpText(
      'after',
      `
A target is a port (3000), host:port/path or a url. A target without a path gets
the path of the original webhook. Without a target, events are stored and shown.

The ngrok authtoken comes from NGROK_AUTHTOKEN, from your profile, or from
ngrok's own settings (ngrok config add-authtoken).

With EAZEWA_WEBHOOK_SECRET, each event is shown as signed, wrongly signed or
unsigned. None is refused.

Examples:
  eazewa-hooks listen 3000 --simulate
  eazewa-hooks listen 3000/hook -i 33 --domain my-name.ngrok.app
  eazewa-hooks listen 3000/hook -i 33 --receiver-port 4000 --public-url https://dev.example.com
  eazewa-hooks listen 3000 --route 'message_ack=3000/acks' --events all --json`,
    );
}
