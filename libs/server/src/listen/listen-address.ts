/** Why the server cannot listen on an address, and what to do. */
export function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  return new Error(reason(error, host, port), { cause: error });
}

function reason({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `PORT=${port}: another process listens on ${host}:${port} already. Stop it, or set PORT to a free port (0 takes any).`;
    case 'EACCES':
      return `PORT=${port}: this process may not listen on it; ports below 1024 need a privilege. Set PORT to a higher one.`;
    case 'EADDRNOTAVAIL':
      return `HOST=${host}: it is no address of this machine. Set HOST to one that is, or to 0.0.0.0 for all.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST=${host}: the name has no address. Set HOST to an address of this machine, or to 0.0.0.0 for all.`;
    default:
      return `Cannot listen on ${host}:${port}: ${message}. Check HOST and PORT.`;
  }
}
