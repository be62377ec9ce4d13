import * as net from 'node:net';
import * as tls from 'node:tls';

/** What becomes of a connection. */
export interface Listener {
  connected(): void;
  /** @param part undefined: the other side has ended the connection */
  received(part: Buffer | undefined): void;
  closed(cause: unknown): void;
}

export interface Connection {
  /** Who listens now; undefined while the connection is idle. */
  listener: Listener | undefined;
  socket: net.Socket;
}

/** Opens a connection to an `http:` or `https:` URL. @param onEnd called when it can carry no other request */
export function openConnection(url: URL, onEnd: (connection: Connection) => void): Connection {
  const host = url.hostname.replace(/^\[|\]$/g, ''); // of an IPv6 address
  const isSecure = url.protocol === 'https:';
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  // A name for SNI; an address has none.
  const socket = isSecure
    ? tls.connect({ host, port, ...(net.isIP(host) === 0 ? { servername: host } : {}) })
    : net.connect({ host, port });
  socket.setNoDelay(true).setKeepAlive(true, 1_000);
  const connection: Connection = { listener: undefined, socket };
  let failure: unknown;
  socket.once('connect', () => connection.listener?.connected());
  socket.on('data', (part) => {
    if (connection.listener === undefined) socket.destroy(); // nobody has asked
    connection.listener?.received(part);
  });
  socket.once('end', () => {
    onEnd(connection);
    connection.listener?.received(undefined);
  });
  socket.on('error', (error) => {
    failure = error;
  });
  socket.once('close', () => {
    onEnd(connection);
    connection.listener?.closed(failure);
  });
  return connection;
}
