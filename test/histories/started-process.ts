import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { FromProcess, type ToProcess } from './messages.ts';

export interface StartedProcess {
  name: string;
  child: ChildProcess;
  ready: Promise<void>;
  exited: Promise<void>;
  isAlive(): boolean;
  tell(message: ToProcess): void;
}

/** A real process that runs a program of `processes/`. */
export function startProcess(
  program: 'refresher' | 'reader' | 'writers',
  name: string,
  settings: object,
  on: (message: FromProcess) => void,
): StartedProcess {
  const file = fileURLToPath(new URL(`processes/${program}.ts`, import.meta.url));
  const child = fork(file, [JSON.stringify(settings)], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  // Until then, its last messages may still arrive.
  const exited = Promise.all([once(child, 'exit'), once(child, 'disconnect')]).then(() => {});
  const ready = new Promise<void>((resolve) => {
    child.on('message', (received) => {
      const message = FromProcess.parse(received);
      if (message.type === 'ready') resolve();
      else on(message);
    });
    void exited.then(resolve); // the process was killed before
  });
  const isAlive = () => child.connected && child.exitCode === null && child.signalCode === null;
  return {
    ...{ name, child, ready, exited, isAlive },
    tell(message) {
      if (isAlive()) child.send(message, () => {}); // the event `exit` reports an ended process
    },
  };
}
