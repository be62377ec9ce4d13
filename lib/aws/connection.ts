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

/**
 * Opens connections to an `http:` or `https:` URL. The later ones resume the TLS session of an earlier one.
 * @param onEnd called when a connection can carry no other request
 */
export function createConnector(url: URL, onEnd: (connection: Connection) => void): () => Connection {
  const host = url.hostname.replace(/^\[|\]$/g, ''); // of an IPv6 address
  const isSecure = url.protocol === 'https:';
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  let session: Buffer | undefined;

  function openSocket(): net.Socket {
    if (!isSecure) return net.connect({ host, port });
    const servername = net.isIP(host) === 0 ? host : ''; // for SNI, which has no addresses
    const socket = tls.connect({ host, port, servername, ...(session === undefined ? {} : { session }) });
    return socket.on('session', (latest: Buffer) => {
      session = latest;
    });
  }

  return () => {
    const socket = openSocket().setNoDelay(true).setKeepAlive(true, 1_000);
    const connection: Connection = { listener: undefined, socket };
    let failure: unknown;
    socket.once('connect', () => connection.listener?.connected());
    socket.on('data', (part) => {
      if (connection.listener !== undefined) return connection.listener.received(part);
      onEnd(connection); // no request was sent
      socket.destroy();
    });
    socket.once('end', () => {
      onEnd(connection);
      connection.listener?.received(undefined);
    });
    socket.on('error', (error) => {
      failure = error;
      session = undefined;
      onEnd(connection);
      socket.destroy(); // TLS reports a bad record without closing
    });
    socket.once('close', () => {
      onEnd(connection);
      connection.listener?.closed(failure);
    });
    return connection;
  };
}
