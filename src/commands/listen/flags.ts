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
    'receive events here, show them and forward them',
    () => import('./listen.ts'),
  )
    .option('--route <events=url>', 'send these events there (message* globs), repeatable', repeat)
    .option(
      '-e, --events <names>',
      'subscribe to these, or all (default: as the instance has, else message)',
      repeat,
    )
    .option('--ignore-events <names>', 'do not subscribe to these', repeat)
    .option('--only <chat>', 'forward only events of this chat (a jid)')
    .option('-H, --header <k: v>', 'add a header to what is forwarded; @file reads them', repeat)
    .option('--receiver-port <n>', 'the port that events arrive at (default: any free one)')
    .option('--public-url <url>', 'a url of yours that leads to that port, instead of a tunnel')
    .option('--tunnel <ngrok|none>', 'default: none for an API on this machine, else ngrok')
    .option('--domain <name>', 'the ngrok domain to use (NGROK_DOMAIN)')
    .option('--ngrok-server <host:port>', 'an ngrok server of your own (NGROK_SERVER_ADDR)')
    .option('--ngrok-ca <pem>', 'the certificates to trust it by, a file (NGROK_ROOT_CAS)')
    .option('--recover', 'after the tunnel was down, ask the API for the messages of that time')
    .option('--simulate', 'use the built-in simulator instead of the vendor')
    .option('--scenario <name>', 'what the simulator plays, or none (default: morning)')
    .option('--speed <x>', 'how fast it plays')
    .option('--replace <host>', "replace the instance's webhook at this host while listening")
    .option('--tee', 'send each event to the webhook that was set before, too')
    .option('--side-by-side', 'add a webhook instead of replacing it (experimental)')
    .option('--no-guard', 'nobody puts the webhook back if this process is killed')
    .option('--insecure', 'take self-signed certificates of local and private targets')
    .option('--timeout <duration>', 'how long your app may take to answer (default: 5m)')
    .option('--no-history', 'keep events in memory only')
    .option('--plain', 'lines of text instead of the terminal UI')
    .option('--print-secret', 'show our webhook url with its path token')
    .option('--full', 'with --json: do not leave out base64')
    .option('--for <duration>', 'stop so long after it was ready')
    .option('--max-events <n>', 'stop after so many events')
    .addHelpText(
      'after',
      `
A target is a port (3000), host:port/path or a url; without a path it gets that of the
webhook that was set before. With no target, events are kept and shown.

The tunnel is ngrok's, with the authtoken of NGROK_AUTHTOKEN, of your profile, or of ngrok's
own settings (ngrok config add-authtoken).

Examples:
  eazewa-hooks listen 3000 --simulate
  eazewa-hooks listen 3000/hook -i 33 --domain my-name.ngrok.app
  eazewa-hooks listen 3000/hook -i 33 --receiver-port 4000 --public-url https://dev.example.com
  eazewa-hooks listen 3000 --route 'message_ack=3000/acks' --events all --json`,
    );
}
